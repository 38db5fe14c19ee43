//! Calls over TLS, with certificates made for the test.

use std::path::Path;

use outcall_sip::{AgentSettings, Command, EndedBy, Invite, TlsListen};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::support::{Agent, answered, invite};

/// Writes an authority's certificate, and one for a server of this name that it has signed.
fn certificates(folder: &Path, name: &str) -> (std::path::PathBuf, TlsListen) {
    let mut authority = CertificateParams::new(Vec::new()).expect("no names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().expect("a key");
    let authority_pem = authority.self_signed(&authority_key).expect("a certificate").pem();
    let issuer = Issuer::new(authority, authority_key);
    let server = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    let server_key = KeyPair::generate().expect("a key");
    let server_pem = server.signed_by(&server_key, &issuer).expect("a certificate").pem();
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs_err::write(&path, text).expect("written");
        path
    };
    let bind = "127.0.0.1:0".parse().expect("an address");
    let certificate = write("server.pem", &server_pem);
    let key = write("server.key", &server_key.serialize_pem());
    (write("authority.pem", &authority_pem), TlsListen { bind, certificate, key })
}

#[test]
fn a_call_over_tls_checks_the_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let (authorities, tls) = certificates(folder.path(), "127.0.0.1");
    let callee = Agent::start(AgentSettings {
        takes_calls: true,
        tls: Some(tls),
        strangers_per_s: 1_000,
        ..AgentSettings::default()
    });
    let at = callee.agent.addresses().tls.expect("it listens");
    let next_hop = format!("sip:{at};transport=tls");
    let trusting =
        Agent::start(AgentSettings { authorities: Some(authorities), ..AgentSettings::default() });
    let order = Invite { next_hop: next_hop.clone(), ..invite(1, &callee) };
    let (ours, theirs) = answered(&trusting, &callee, order);
    callee.send(Command::HangUp { call: theirs });
    assert_eq!(trusting.ended(ours).by, EndedBy::Remote);
    // Whoever does not know the authority sends nothing.
    let strict = Agent::caller();
    strict.send(Command::Invite(Box::new(Invite { next_hop, ..invite(2, &callee) })));
    assert_eq!(strict.ended(outcall_sip::CallKey(2)).by, EndedBy::NotSent);
}

#[test]
fn a_trunks_certificate_names_the_trunk_and_not_its_address() {
    for (name, expected) in [("localhost", EndedBy::Remote), ("other.example", EndedBy::NotSent)] {
        let folder = tempfile::tempdir().expect("a folder");
        let (authorities, tls) = certificates(folder.path(), name);
        let callee = Agent::start(AgentSettings {
            takes_calls: true,
            tls: Some(tls),
            strangers_per_s: 1_000,
            ..AgentSettings::default()
        });
        let port = callee.agent.addresses().tls.expect("it listens").port();
        let next_hop = format!("sip:localhost:{port};transport=tls");
        let caller = Agent::start(AgentSettings {
            authorities: Some(authorities),
            ..AgentSettings::default()
        });
        let order = Invite { next_hop, ..invite(1, &callee) };
        let ours = order.call;
        if expected == EndedBy::Remote {
            let (_, theirs) = answered(&caller, &callee, order);
            callee.send(Command::HangUp { call: theirs });
        } else {
            caller.send(Command::Invite(Box::new(order)));
        }
        assert_eq!(caller.ended(ours).by, expected, "{name}");
    }
}
