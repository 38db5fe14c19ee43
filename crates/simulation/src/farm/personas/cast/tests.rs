use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::farm::personas::file::parse;

const FILE: &str = r#"
contacts: list.csv
voices: [slt, rms]
topics:
  who: [is this]
  when: [which day]
  right: [is that right]
  bye: [goodbye]
replies:
  hello: [Hello?, "{first_name} speaking."]
  sorry: [Sorry?]
  there: [Anybody there?]
  me: [yes, it's me, speaking]
  day: ["[500] {new_time.day} at {new_time.time}", "on {new_time.date} at {new_time.time}"]
  nope: ["no, {new_time.day}"]
wishes:
  new_time: { days: [2, 6], from: "09:00", to: "16:00", step_min: 30 }
everyone:
  opening: hello
  unmatched: sorry
  nudge: there
  answers: { bye: { say: nothing, hang_up: true } }
personas:
  moves:
    weight: 3
    willing: true
    outcomes: [moved]
    disposition: completed
    wants: [new_time]
    answers:
      who: [nothing, me]
      when: day
      right: { say: me, checks: new_time, otherwise: nope }
  busy: { weight: 1, line: busy, disposition: busy }
  never: { weight: 0 }
"#;

fn rows(count: u64) -> Vec<Row> {
    let row = |index: u64| {
        let columns = [
            ("phone", format!("+1 202 555 0{index:03}")),
            ("name", format!("Ann Lee{index}")),
            ("time_zone", "Pacific/Kiritimati".to_owned()),
        ];
        columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    };
    (0..count).map(row).collect()
}

/// 12:00 UTC on a Monday: the day after in Kiritimati.
fn now() -> Timestamp {
    "2026-11-30T12:00:00Z".parse().unwrap()
}

fn persons(seed: u64, rows: &[Row]) -> HashMap<String, Person> {
    cast(&parse(FILE).unwrap(), rows, seed, now()).unwrap()
}

#[test]
fn each_weight_gets_its_share_and_the_seed_decides_who() {
    let rows = rows(40);
    let who = |seed| -> BTreeSet<String> {
        let all = persons(seed, &rows);
        assert_eq!(all.len(), 40);
        all.into_iter().filter(|(_, it)| it.persona == "busy").map(|(number, _)| number).collect()
    };
    assert_eq!(who(1).len(), 10);
    for (number, person) in persons(1, &rows) {
        let again = &persons(1, &rows)[&number];
        assert_eq!(format!("{person:?}"), format!("{again:?}"));
    }
    assert_eq!(who(1), who(1));
    assert_ne!(who(1), who(2));
}

#[test]
fn a_wish_is_of_the_persons_own_day_and_what_they_say_names_it() {
    let all = persons(1, &rows(8));
    for person in all.values().filter(|person| person.persona == "moves") {
        let wish = &person.slots["new_time"];
        assert!(("2026-12-03".."2026-12-08").contains(&wish.as_str()), "{wish}");
        let texts: Vec<String> = person.sayings.iter().map(Markup::text).collect();
        let weekday: jiff::civil::DateTime = wish.parse().unwrap();
        let day = weekday.strftime("%A").to_string();
        assert!(texts.contains(&format!("no, {day}")), "{texts:?}");
        assert!(texts.iter().any(|text| text == "Ann speaking."), "{texts:?}");
        let who = person.manner.topics.iter().find(|topic| topic.name == "who").unwrap();
        assert_eq!((who.turns.len(), who.turns[0].says.len(), who.turns[1].says.len()), (2, 0, 2));
        assert!(person.manner.topics.iter().any(|topic| topic.name == "bye"));
    }
}

#[test]
fn rows_without_a_number_are_left_out_and_the_first_of_two_counts() {
    let mut rows = rows(2);
    rows.push(rows[0].clone());
    rows[2].insert("name".to_owned(), "Another One".to_owned());
    rows.push(Row::from([("phone".to_owned(), "12".to_owned())]));
    rows.push(Row::new());
    let all = persons(1, &rows);
    assert_eq!(all.len(), 2);
    assert_eq!(all["12025550000"].number, "+1 202 555 0000");
}

#[test]
fn what_is_wrong_in_a_file_is_told_by_its_name() {
    for (from, to, problem) in [
        ("who: [nothing, me]", "whom: me", "no topic 'whom'"),
        ("when: day", "when: daze", "no reply 'daze'"),
        ("checks: new_time, ", "", "go together"),
        ("wants: [new_time]", "wants: [old_time]", "no wish 'old_time'"),
        ("{new_time.day} at", "{old_time.day} at", "no wish 'old_time'"),
        ("disposition: completed", "disposition: fine", "fine"),
        ("weight: 3", "weight: -3", "weight"),
        ("[Sorry?]", "[]", "one variant"),
        ("line: busy", "line: machine", "greeting"),
        ("voices: [slt, rms]", "voices: []", "voices"),
        ("step_min: 30", "step_min: 31", "step_min"),
        ("me: [yes, it's", "nothing: [yes, it's", "a meaning already"),
        ("opening: hello", "opening: hello\n  tone: soft", "line"),
    ] {
        assert!(FILE.contains(from), "{from}");
        let told = parse(&FILE.replacen(from, to, 1)).unwrap_err();
        assert!(told.contains(problem), "{to}: {told}");
    }
    assert_eq!(parse(FILE).unwrap().unused(), Vec::<String>::new());
}

#[test]
fn a_column_that_is_missing_is_told() {
    let mut rows = rows(20);
    rows.iter_mut().for_each(|row| drop(row.remove("name")));
    let told = cast(&parse(FILE).unwrap(), &rows, 1, now()).unwrap_err();
    assert!(told.contains("{first_name} has no value"), "{told}");
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}") {
        drop(parse(&text));
    }
}
