//! kamailio, a proxy that stays in the path of a call, asks for credentials and tries a second way.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::ports::{self, Transport};
use super::process::Peer;

/// What the proxy is to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProxyOptions {
    /// Whether it asks for credentials (407), of user `outcall`.
    pub password: Option<&'static str>,
    /// The port of the callee.
    pub first: u16,
    /// The port that is tried when the first answers 503.
    pub second: Option<u16>,
}

/// A proxy at work.
pub(crate) struct Kamailio {
    peer: Peer,
    port: u16,
}

impl Kamailio {
    /// Starts it on UDP and TCP.
    pub(crate) fn start(folder: &Path, options: ProxyOptions) -> Result<Self> {
        let port = ports::free()?;
        fs_err::create_dir_all(folder)?;
        let folder = fs_err::canonicalize(folder)?;
        let file = folder.join("kamailio.cfg");
        fs_err::write(&file, config(port, options))?;
        let mut command = Command::new("kamailio");
        // In the foreground, its log to standard error, its files in the folder.
        command.args(["-DD", "-E", "-f"]).arg(&file);
        command.arg("-Y").arg(&folder).arg("-w").arg(&folder);
        command.arg("-P").arg(folder.join("pid"));
        let mut peer = Peer::start("kamailio", &folder, &mut command)?;
        ports::wait_bound(&mut peer, port, Transport::Udp)?;
        ports::wait_bound(&mut peer, port, Transport::Tcp)?;
        Ok(Self { peer, port })
    }

    /// Where it takes calls.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How many times it has written the words, for example `routed BYE`.
    pub(crate) fn count(&self, words: &str) -> Result<usize> {
        let marked = format!("[{words}]");
        Ok(self.peer.log()?.lines().filter(|line| line.contains(&marked)).count())
    }

    /// Its log's end.
    pub(crate) fn last_words(&self) -> String {
        self.peer.last_words()
    }
}

/// Requests inside of a dialog must follow the recorded route; those that do not are answered with
/// 404 and called stray.
const ROUTES: &str = r#"
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) { t_relay(); } exit; }
  if (has_totag()) {
    if (loose_route()) { xlog("L_NOTICE", "[routed $rm] $ci\n"); t_relay(); exit; }
    if (is_method("ACK") && t_check_trans()) { t_relay(); exit; }
    xlog("L_NOTICE", "[stray $rm] $ci\n");
    if (!is_method("ACK")) { sl_send_reply("404", "No Route Header"); }
    exit;
  }
  if (!is_method("INVITE")) { sl_send_reply("405", "Method Not Allowed"); exit; }
  t_check_trans();
  route(CREDENTIALS);
  record_route();
  xlog("L_NOTICE", "[invited] $ci\n");
  $du = "sip:127.0.0.1:FIRST";
  t_on_failure("REFUSED");
  t_relay();
}
"#;

const SECOND_WAY: &str = r#"
  if (t_is_canceled() || !t_check_status("503")) { exit; }
  $du = "sip:127.0.0.1:SECOND";
  xlog("L_NOTICE", "[second way] $ci\n");
  t_relay();
"#;

fn config(port: u16, options: ProxyOptions) -> String {
    let modules: String = ["tm", "sl", "rr", "pv", "maxfwd", "textops", "siputils", "xlog", "auth"]
        .iter()
        .map(|module| format!("loadmodule \"{module}.so\"\n"))
        .collect();
    let credentials = options.password.map_or_else(String::new, |password| {
        format!(
            "  if (!pv_proxy_authenticate(\"trunk.test\", \"{password}\", \"0\") \
             || $au != \"outcall\") {{\n    xlog(\"L_NOTICE\", \"[challenged] $ci\\n\");\n    \
             proxy_challenge(\"trunk.test\", \"1\"); exit;\n  }}\n  consume_credentials();\n"
        )
    });
    let routes = ROUTES.replace("FIRST", &options.first.to_string());
    let second = options
        .second
        .map_or_else(String::new, |port| SECOND_WAY.replace("SECOND", &port.to_string()));
    format!(
        "#!KAMAILIO\n\
         debug=2\nlog_stderror=yes\nchildren=2\ntcp_children=2\n\
         auto_aliases=no\ndisable_core_dump=yes\ndns=no\nrev_dns=no\n\
         listen=udp:127.0.0.1:{port}\nlisten=tcp:127.0.0.1:{port}\n\
         {modules}modparam(\"rr\", \"enable_full_lr\", 1)\n{routes}\
         route[CREDENTIALS] {{\n{credentials}  return;\n}}\n\
         failure_route[REFUSED] {{\n{second}  return;\n}}\n"
    )
}
