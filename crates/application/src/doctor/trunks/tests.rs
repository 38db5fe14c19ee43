//! What trunks say, and what it means.

use std::time::Duration;

use outcall_campaign::UnixMillis;
use outcall_telephony::sip::examine::Seen;

use super::*;

const NOW: UnixMillis = UnixMillis(1_772_460_000_000);

fn plain(status: u16, authenticated: bool) -> Answer {
    Answer {
        status,
        authenticated,
        took: Duration::from_millis(12),
        age: Duration::ZERO,
        date: None,
        seen: None,
    }
}

fn answered(status: u16, authenticated: bool) -> Reply {
    Reply::Answer(plain(status, authenticated))
}

fn trunk(options: Reply, registration: Option<Reply>) -> Trunk {
    let found = Examination {
        name: "main".to_owned(),
        addresses: Ok(vec!["198.51.100.1:5060".parse().unwrap()]),
        options,
        registration,
        taken_back: Some(true),
    };
    Trunk {
        examination: TrunkExamination {
            name: "main".to_owned(),
            next_hop: "sip:carrier.example".to_owned(),
            found: Some(found),
            told_at: NOW,
            local: None,
        },
        ours: Ours {
            public_address: None,
            listens: Some("0.0.0.0".parse().unwrap()),
            media_bind: "10.0.0.5".parse().unwrap(),
            media_advertise: None,
            over_udp: true,
        },
        has_credentials: true,
        is_watched: true,
        not_registered: None,
        within_s: 4,
    }
}

fn one(trunk: &Trunk, check: &str) -> Finding {
    let all = findings(&Trunks::Examined(vec![trunk.clone()]));
    all.into_iter().find(|finding| finding.check == check).expect(check)
}

fn with_date(date: &str) -> Trunk {
    let answer = Answer { date: Some(date.to_owned()), ..plain(200, false) };
    trunk(Reply::Answer(answer), None)
}

#[test]
fn credentials_that_are_refused_are_told_apart_from_no_answer() {
    let refused = one(&trunk(answered(403, true), None), "trunk_answer");
    assert_eq!(refused.state, State::Failed);
    assert!(refused.found.contains("credentials are refused (403)"), "{refused:?}");
    let silent = one(&trunk(Reply::Silence, None), "trunk_answer");
    assert_eq!(silent.state, State::Failed);
    assert!(silent.found.contains("no answer within 4 s"), "{silent:?}");
    assert_ne!(refused.advice, silent.advice);
    let unsent = Reply::NotSent { problem: "connection refused".to_owned() };
    let unsent = one(&trunk(unsent, None), "trunk_answer");
    assert!(unsent.found.contains("nothing could be sent: connection refused"), "{unsent:?}");
}

#[test]
fn any_answer_shows_that_a_trunk_is_there_but_one_that_says_otherwise() {
    let state = |status, authenticated| {
        one(&trunk(answered(status, authenticated), None), "trunk_answer").state
    };
    assert_eq!(state(200, false), State::Ok);
    assert_eq!(state(200, true), State::Ok);
    assert_eq!(state(404, false), State::Ok);
    assert_eq!(state(405, false), State::Ok);
    assert_eq!(state(503, false), State::Failed);
    assert_eq!(state(403, false), State::Warning);
    assert_eq!(state(407, true), State::Failed);
    assert_eq!(state(401, false), State::Failed, "the realm is another");
    let unknown = Trunk { has_credentials: false, ..trunk(answered(401, false), None) };
    assert_eq!(one(&unknown, "trunk_answer").state, State::Warning);
}

#[test]
fn silence_of_a_trunk_that_is_never_asked_is_a_warning() {
    let quiet = Trunk { is_watched: false, ..trunk(Reply::Silence, None) };
    assert_eq!(one(&quiet, "trunk_answer").state, State::Warning);
}

#[test]
fn we_who_listen_on_the_loopback_address_are_told_so() {
    let mut shut_in = trunk(Reply::Silence, None);
    shut_in.ours.listens = Some("127.0.0.1".parse().unwrap());
    let advice = one(&shut_in, "trunk_answer").advice.unwrap();
    assert!(advice.contains("sip.udp = \"0.0.0.0:5060\""), "{advice}");
}

#[test]
fn a_registration_holds_is_refused_or_is_not_tried() {
    let of = |status, authenticated| {
        let trunk = trunk(Reply::Silence, Some(answered(status, authenticated)));
        one(&trunk, "trunk_registration")
    };
    let well = of(200, true);
    assert_eq!(well.state, State::Ok);
    assert!(well.found.contains("12 ms, and taken back"), "{well:?}");
    for (status, authenticated) in
        [(401, true), (403, true), (403, false), (404, true), (500, true)]
    {
        assert_eq!(of(status, authenticated).state, State::Failed, "{status}");
    }
    let mut stays = trunk(Reply::Silence, Some(answered(200, true)));
    if let Some(found) = &mut stays.examination.found {
        found.taken_back = Some(false);
    }
    assert_eq!(one(&stays, "trunk_registration").state, State::Warning);
    let not = Some("process 7 dials now".to_owned());
    let not = Trunk { not_registered: not, ..trunk(Reply::Silence, None) };
    assert_eq!(one(&not, "trunk_registration").state, State::Skipped);
}

#[test]
fn a_name_that_leads_nowhere_is_the_only_finding_of_its_trunk() {
    let mut lost = trunk(Reply::Silence, None);
    if let Some(found) = &mut lost.examination.found {
        found.addresses = Err("carrier.example has no address: no records".to_owned());
    }
    let all = findings(&Trunks::Examined(vec![lost]));
    assert_eq!((all.len(), all[0].check, all[0].state), (1, "trunk_name", State::Failed));
    assert_eq!(all[0].of.as_deref(), Some("main"));
}

#[test]
fn clocks_that_are_more_than_two_seconds_apart_are_a_warning() {
    // 2026-03-02T14:00:00Z is when the answer came.
    let of = |date: &str| one(&with_date(date), "trunk_clock");
    assert_eq!(of("Mon, 02 Mar 2026 14:00:00 GMT").state, State::Ok);
    assert_eq!(of("Mon, 02 Mar 2026 13:59:58 GMT").state, State::Ok);
    let ahead = of("Mon, 02 Mar 2026 13:59:57 GMT");
    assert_eq!(ahead.state, State::Warning);
    assert!(ahead.found.contains("2.5 s ahead of"), "{ahead:?}");
    let behind = of("Mon, 02 Mar 2026 14:00:02 GMT");
    assert_eq!(behind.state, State::Warning);
    assert!(behind.found.contains("behind"), "{behind:?}");
    let all = findings(&Trunks::Examined(vec![with_date("soon")]));
    assert!(all.iter().all(|finding| finding.check != "trunk_clock"));
}

#[test]
fn how_the_trunk_sees_us_is_learnt_from_whichever_answer_there_is() {
    let received = Some("203.0.113.7".parse().unwrap());
    let seen = Seen { sent_by: "10.0.0.5:5060".parse().unwrap(), received, port: Some(5_060) };
    let answer = Reply::Answer(Answer { seen: Some(seen), ..plain(200, true) });
    let found = one(&trunk(Reply::Silence, Some(answer)), "trunk_sees_us");
    assert_eq!(found.state, State::Warning);
}

#[test]
fn without_trunks_or_without_the_network_they_are_skipped() {
    let none = findings(&Trunks::None);
    assert_eq!(none[0].state, State::Skipped);
    assert!(none[0].advice.as_deref().unwrap().contains("docs/guide/trunks.md"));
    assert_eq!(findings(&Trunks::Skipped("--no-network".to_owned()))[0].state, State::Skipped);
    assert_eq!(findings(&Trunks::Failed("no thread".to_owned()))[0].state, State::Failed);
}
