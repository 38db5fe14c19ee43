//! Each command as a user types it.

use crate::program::{Program, START, list};

fn run_virtual(program: &Program) -> serde_json::Value {
    let world = program.world();
    program.json(&[
        "campaign",
        "run",
        "1",
        "--virtual",
        "--start",
        START,
        "--seed",
        "7",
        "--world",
        &world,
        "--calls-per-second",
        "50",
    ])
}

#[test]
fn a_list_goes_in_and_every_contact_comes_out_with_an_outcome() {
    let program = Program::new();
    program.campaign(50, "");
    let ended = run_virtual(&program);
    assert_eq!(ended["reports"][0]["state"], "completed");
    let report = program.json(&["campaign", "report", "1"]);
    assert_eq!(report["imported"], 50);
    assert_eq!(report["contacts"], serde_json::json!([["finished", 50]]));
    let contacts = program.json(&["contacts", "list", "--campaign", "1"]);
    assert_eq!(contacts.as_array().unwrap().len(), 50);
    assert_eq!(contacts[1]["attributes"]["plan"], "gold");
}

#[test]
fn a_dry_run_gives_the_report_of_the_real_import_and_writes_nothing() {
    let program = Program::new();
    program.campaign(5, "");
    let broken = format!("{}not a number,Nobody,express,gold\n", list(8));
    let file = program.write("second.csv", broken);
    let import = ["contacts", "import", "--campaign", "1", &file, "--no-rejects"];
    let dry = program.json(&[&import[..], &["--dry-run"]].concat());
    let real = program.json(&import);
    assert_eq!(dry["report"], real["report"]);
    assert_eq!((&real["report"]["accepted"], &real["report"]["rejected"]), (&3.into(), &6.into()));
    assert_eq!(program.json(&["contacts", "list", "--campaign", "1"]).as_array().unwrap().len(), 8);
}

#[test]
fn importing_the_same_file_twice_adds_nothing() {
    let program = Program::new();
    let list = program.campaign(20, "");
    let again = program.json(&["contacts", "import", "--campaign", "1", &list, "--no-rejects"]);
    assert_eq!(again["report"]["accepted"], 0);
    assert_eq!(again["report"]["rejections"][0]["reason"], "duplicate_in_campaign");
}

#[test]
fn rejected_rows_can_be_mended_in_their_file_and_imported_again() {
    let program = Program::new();
    program.campaign(1, "");
    let text = "phone,name,consent\n+12025550123x,Ann,express_written\n12,Bob,express_written\n";
    let file = program.write("people.csv", text);
    let first = program.json(&["contacts", "import", "--campaign", "1", &file]);
    let rejects = format!("{file}.rejects.csv");
    let mended = fs_err::read_to_string(&rejects).unwrap().replace("12,Bob", "+12025550124,Bob");
    let mended = mended.replace("+12025550123x", "+12025550123");
    let mended = program.write("mended.csv", mended);
    let second = program.json(&["contacts", "import", "--campaign", "1", &mended]);
    let accepted = |report: &serde_json::Value| report["report"]["accepted"].as_u64().unwrap();
    assert_eq!(accepted(&first) + accepted(&second), 2);
}

#[test]
fn the_same_seed_exports_the_same_bytes() {
    let export = || {
        let program = Program::new();
        program.campaign(40, "");
        run_virtual(&program);
        program.run(&["campaign", "export", "1"]).stdout
    };
    let first = export();
    assert!(!first.is_empty());
    assert!(first == export());
}

#[test]
fn explain_says_what_holds_contacts_back_and_until_when() {
    let program = Program::new();
    program.campaign(10, "");
    // 03:00 in Washington.
    let night = program.json(&["campaign", "explain", "1", "--at", "2026-03-02T08:00:00Z"]);
    assert_eq!(night["dialable_now"], 0);
    assert_eq!(night["holdings"][0]["rule"], "window");
    assert_eq!(night["holdings"][0]["contacts"], 10);
    assert_eq!(night["next_due"], 1_772_456_400_000_i64, "08:00 in Washington");
    assert!(night["obstacles"][0]["what"].as_str().unwrap().contains("not been started"));
    let day = program.json(&["campaign", "explain", "1", "--at", START]);
    assert_eq!(day["dialable_now"], 10);
}

#[test]
fn a_suppressed_number_is_neither_imported_nor_dialled() {
    let program = Program::new();
    program.campaign(10, "");
    program.json(&["contacts", "suppress", "+12024560121"]);
    let file = program.write("other.csv", "phone\n+12024560121\n");
    let import = ["contacts", "import", "--campaign", "1", &file, "--no-rejects"];
    assert_eq!(program.json(&import)["report"]["rejections"][0]["reason"], "suppressed");
    run_virtual(&program);
    let export = String::from_utf8(program.run(&["campaign", "export", "1"]).stdout).unwrap();
    assert!(export.contains("+12024560222") && !export.contains("+12024560121"));
    let report = program.json(&["campaign", "report", "1"]);
    let refusals = report["refusals"].as_array().unwrap();
    assert!(refusals.contains(&serde_json::json!(["suppressed", 1])), "{refusals:?}");
    let lifted = program.json(&["contacts", "suppress", "--lift", "+12024560121"]);
    assert_eq!(lifted["changed"], 1);
}

#[test]
fn one_wrong_number_suppresses_none() {
    let program = Program::new();
    let (code, said) = program.fails(&["contacts", "suppress", "+12024560121", "12"]);
    assert_eq!(code, 1);
    assert!(said.contains("'12' is not an E.164 number"), "{said}");
    assert_eq!(program.json(&["contacts", "suppress", "--list"]), serde_json::json!([]));
}

#[test]
fn a_backup_restores_and_a_broken_one_is_refused() {
    let program = Program::new();
    program.campaign(10, "");
    let backup = program.path("copy.db");
    let backup = backup.to_str().unwrap();
    assert_eq!(program.json(&["backup", backup])["contacts"], 10);
    let (_, said) = program.fails(&["backup", backup]);
    assert!(said.contains("already"), "{said}");
    program.json(&["campaign", "stop", "1"]);
    program.json(&["restore", backup]);
    assert_eq!(program.json(&["campaign", "list"])[0]["state"], "draft");
    let broken = program.write("broken.db", vec![7_u8; 20_000]);
    let (_, said) = program.fails(&["restore", &broken]);
    assert!(said.contains("not a sound ledger"), "{said}");
    assert_eq!(program.json(&["campaign", "list"])[0]["state"], "draft");
}

#[test]
fn every_problem_of_a_campaign_file_is_told_with_its_field() {
    let program = Program::new();
    let file = program.write("bad.toml", "name = \"x\"\nring_timeout_s = 1\nrobots = 0\n");
    let (code, said) = program.fails(&["campaign", "create", "--file", &file]);
    assert_eq!(code, 1);
    assert!(said.contains("ring_timeout_s") && said.contains("robots"), "{said}");
    let file = program.write("form.toml", "name = \"x\"\nrobot = 3\n");
    let (_, said) = program.fails(&["campaign", "create", "--file", &file]);
    assert!(said.contains("line 2") && said.contains("robot"), "{said}");
}

#[test]
fn a_setting_says_where_it_comes_from() {
    let program = Program::new();
    fs_err::create_dir_all(program.path("data")).unwrap();
    program.write("data/outcall.toml", "channels = 7\nrobots = 8\n");
    let mut command = program.command(&["--json", "--tenant", "acme", "config", "show"]);
    let output = command.env("OUTCALL_ROBOTS", "9").output().unwrap();
    let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |name: &str| (shown[name]["value"].clone(), shown[name]["from"].to_string());
    assert_eq!(of("channels").0, 7);
    assert!(of("channels").1.contains("outcall.toml"), "{:?}", of("channels"));
    assert_eq!(of("robots"), (9.into(), "\"environment OUTCALL_ROBOTS\"".to_owned()));
    assert_eq!(of("tenant"), ("acme".into(), "\"flag --tenant\"".to_owned()));
    assert_eq!(of("ramp_s").1, "\"default\"");
    program.write("data/outcall.toml", "chanels = 7\n");
    let (_, said) = program.fails(&["config", "show"]);
    assert!(said.contains("chanels"), "{said}");
}

#[test]
fn another_tenants_campaign_does_not_exist() {
    let program = Program::new();
    program.campaign(1, "");
    let (_, said) = program.fails(&["--tenant", "other", "campaign", "report", "1"]);
    assert!(said.contains("there is no campaign 1"), "{said}");
}
