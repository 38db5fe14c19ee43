use super::*;

fn sound() -> SipSettings {
    SipSettings {
        udp: Some("127.0.0.1:5060".parse().unwrap()),
        trunks: vec![
            TrunkSettings::new("north", "sip:192.0.2.1:5060"),
            TrunkSettings::new("south", "trunk.example.com"),
        ],
        ..SipSettings::default()
    }
}

fn route(prefix: &str, trunk: &str) -> RouteSettings {
    let (prefix, trunk) = (prefix.to_owned(), trunk.to_owned());
    RouteSettings { prefix, trunk, cost: 0.0, strip: 0, prepend: String::new() }
}

#[test]
fn a_trunk_needs_a_name_and_an_address_only() {
    let text = r#"{
        "udp": "0.0.0.0:5060",
        "trunks": [
            { "name": "north", "uri": "sip:192.0.2.1", "allowed_sources": ["192.0.2.0/24"] }
        ],
        "routes": [{ "prefix": "44", "trunk": "north", "cost": 0.5 }],
        "causes": [{ "status": 480, "q850": 20, "as": "failed" }],
        "inbound": [{ "number": "+442079460001", "scenario": "help" }],
        "identity": { "key": "key.pem", "certificate_url": "https://a.example/c", "attestation": "A" }
    }"#;
    let settings: SipSettings = serde_json::from_str(text).unwrap();
    assert_eq!(settings.problems(), []);
    let expected = TrunkSettings {
        allowed_sources: vec!["192.0.2.0/24".parse().unwrap()],
        ..TrunkSettings::new("north", "sip:192.0.2.1")
    };
    assert_eq!(settings.trunks, [expected]);
    assert_eq!(settings.causes[0].read_as, CauseWord::Failed);
}

#[test]
fn an_unknown_field_is_refused_at_every_level() {
    for text in [
        r#"{ "trunk": [] }"#,
        r#"{ "trunks": [{ "name": "n", "uri": "a", "chanels": 3 }] }"#,
        r#"{ "routes": [{ "prefix": "", "trunk": "n", "price": 3 }] }"#,
        r#"{ "trace": { "call": 3 } }"#,
    ] {
        let error = serde_json::from_str::<SipSettings>(text).unwrap_err().to_string();
        assert!(error.contains("unknown field"), "{error}");
    }
}

#[test]
fn a_password_is_shown_nowhere() {
    let text = r#"{ "name": "n", "uri": "a", "username": "u", "password": "hunter2" }"#;
    let trunk: TrunkSettings = serde_json::from_str(text).unwrap();
    assert_eq!(trunk.password.reveal(), "hunter2");
    assert!(!format!("{trunk:?}").contains("hunter2"));
    let shown = serde_json::to_string(&trunk).unwrap();
    assert!(shown.contains("********") && !shown.contains("hunter2"), "{shown}");
    // What was shown does not pass for the password.
    assert!(serde_json::from_str::<TrunkSettings>(&shown).is_err());
    let none = serde_json::to_string(&TrunkSettings::new("n", "a")).unwrap();
    assert_eq!(serde_json::from_str::<TrunkSettings>(&none).unwrap(), TrunkSettings::new("n", "a"));
}

#[test]
fn no_settings_at_all_and_sound_settings_have_no_problem() {
    assert_eq!(SipSettings::default().problems(), []);
    assert_eq!(sound().problems(), []);
}

/// Checks that the change makes exactly one problem, at the field.
fn refused(field: &str, change: impl FnOnce(&mut SipSettings)) {
    let mut settings = sound();
    change(&mut settings);
    let fields: Vec<_> = settings.problems().into_iter().map(|problem| problem.field).collect();
    assert_eq!(fields, [field]);
}

#[test]
fn a_fault_of_the_process_is_named_by_its_field() {
    refused("user_agent", |sip| sip.user_agent = "a\r\nb".to_owned());
    refused("public_address", |sip| sip.public_address = Some("0.0.0.0".parse().unwrap()));
    refused("t1_ms", |sip| sip.t1_ms = 1);
    refused("order_wait_ms", |sip| sip.order_wait_ms = 5_000);
    refused("trace.calls", |sip| sip.trace.calls = 1_000_000);
    refused("dscp.signalling", |sip| sip.dscp.signalling = 64);
    refused("udp", |sip| {
        sip.udp = None;
        sip.trunks.remove(0);
    });
    refused("identity.certificate_url", |sip| {
        sip.identity = Some(IdentitySettings {
            key: PathBuf::from("key.pem"),
            certificate_url: "https://a.example/>;x".to_owned(),
            attestation: AttestationLevel::B,
        });
    });
}

#[test]
fn a_fault_of_a_trunk_is_named_by_its_field() {
    let trunk = |field: &str, change: &dyn Fn(&mut TrunkSettings)| {
        refused(&format!("trunks[0].{field}"), |sip| change(&mut sip.trunks[0]));
    };
    trunk("name", &|own| own.name.clear());
    trunk("uri", &|own| own.uri = "sip:u@host".to_owned());
    trunk("proxy", &|own| own.proxy = Some("sip:a:b".to_owned()));
    trunk("username", &|own| own.username = Some("a>b".to_owned()));
    trunk("username", &|own| {
        own.register = true;
        own.password = "p".to_owned().try_into().unwrap();
        own.auth_user = Some("u".to_owned());
    });
    trunk("password", &|own| {
        own.register = true;
        own.username = Some("u".to_owned());
    });
    trunk("username", &|own| own.password = "p".to_owned().try_into().unwrap());
    trunk("realm", &|own| own.realm = Some("a\"b".to_owned()));
    trunk("from_domain", &|own| own.from_domain = Some("a b".to_owned()));
    trunk("register_expires_s", &|own| own.register_expires_s = 59);
    trunk("options_every_s", &|own| own.options_every_s = 3_601);
    trunk("channels", &|own| own.channels = 0);
    trunk("calls_per_second", &|own| own.calls_per_second = f64::NAN);
    trunk("ramp_from", &|own| own.ramp_from = Some(2.0));
    trunk("ramp_from", &|own| own.ramp_from = Some(0.0));
    trunk("burst", &|own| own.burst = Some(0));
    trunk("weight", &|own| own.weight = 0);
    trunk("weight", &|own| own.weight = 1_001);
    trunk("session_timer_s", &|own| own.session_timer_s = 89);
    trunk("codecs", &|own| own.codecs.clear());
    trunk("codecs", &|own| own.codecs = vec![TrunkCodec::Pcma, TrunkCodec::Pcma]);
    trunk("srtp", &|own| own.srtp = Srtp::Always);
    refused("trunks[1].name", |sip| sip.trunks[1].name = "north".to_owned());
    refused("trunks[0].uri", |sip| {
        sip.tcp = sip.udp.take();
    });
}

#[test]
fn srtp_alone_is_allowed_where_the_next_hop_speaks_tls() {
    let mut settings = sound();
    settings.trunks[0].srtp = Srtp::Always;
    settings.trunks[0].proxy = Some("sips:proxy.example.com".to_owned());
    assert_eq!(settings.problems(), []);
}

#[test]
fn a_fault_of_a_route_a_cause_or_a_number_is_named_by_its_field() {
    refused("routes[0].prefix", |sip| sip.routes.push(route("+44", "north")));
    refused("routes[0].trunk", |sip| sip.routes.push(route("44", "west")));
    refused("routes[0].cost", |sip| {
        sip.routes.push(RouteSettings { cost: f64::NAN, ..route("44", "north") });
    });
    refused("routes[0].strip", |sip| {
        sip.routes.push(RouteSettings { strip: 4, ..route("44", "north") });
    });
    refused("routes[0].prepend", |sip| {
        sip.routes.push(RouteSettings { prepend: "a@".to_owned(), ..route("44", "north") });
    });
    refused("routes[1].trunk", |sip| {
        sip.routes = vec![route("44", "north"), route("44", "north")];
    });
    let own = CauseOverride { status: 480, q850: None, read_as: CauseWord::Busy };
    refused("causes[0].status", |sip| sip.causes = vec![CauseOverride { status: 200, ..own }]);
    refused("causes[0].q850", |sip| sip.causes = vec![CauseOverride { q850: Some(0), ..own }]);
    refused("causes[1].status", |sip| sip.causes = vec![own, own]);
    let help = InboundSettings { number: None, scenario: "help".to_owned() };
    refused("inbound[1].number", |sip| sip.inbound = vec![help.clone(), help.clone()]);
    refused("inbound[0].scenario", |sip| {
        sip.inbound = vec![InboundSettings { scenario: " ".to_owned(), ..help.clone() }];
    });
    refused("inbound_max", |sip| {
        sip.inbound = vec![help.clone()];
        sip.inbound_max = 0;
    });
}

#[test]
fn an_error_says_where_and_what_to_write() {
    let mut settings = sound();
    settings.trunks[1].channels = 0;
    assert_eq!(
        settings.validate().unwrap_err().to_string(),
        "sip.trunks[1].channels: 0: write a figure from 1 to 1000000"
    );
}

#[test]
fn a_trunks_rate_ramps_from_a_tenth_unless_it_says_otherwise() {
    let mut trunk = TrunkSettings::new("n", "a");
    trunk.calls_per_second = 25.0;
    let rate = trunk.call_rate();
    assert_eq!((rate.burst, rate.ramp_from_per_second, rate.ramp_s), (3, 2.5, 30));
    trunk.burst = Some(1);
    trunk.ramp_from = Some(20.0);
    assert_eq!(trunk.call_rate().burst, 1);
    assert_eq!(trunk.call_rate().ramp_from_per_second, 20.0);
}
