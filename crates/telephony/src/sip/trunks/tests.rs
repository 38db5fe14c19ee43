use proptest::prelude::*;

use super::*;
use crate::sip::settings::{RouteSettings, TrunkSettings};

const T0: UnixMillis = UnixMillis(1_767_225_600_000);

/// A trunk without a ramp.
fn trunk(name: &str, channels: u32, calls_per_second: f64, burst: u32) -> TrunkSettings {
    TrunkSettings {
        channels,
        calls_per_second,
        burst: Some(burst),
        ramp_s: 0,
        options_every_s: 0,
        ..TrunkSettings::new(name, "192.0.2.1")
    }
}

fn settings(trunks: Vec<TrunkSettings>, routes: &[(&str, &str, f64)]) -> SipSettings {
    let routes = routes.iter().map(|&(prefix, trunk, cost)| RouteSettings {
        prefix: prefix.to_owned(),
        trunk: trunk.to_owned(),
        cost,
        strip: 0,
        prepend: String::new(),
    });
    SipSettings {
        udp: Some("127.0.0.1:0".parse().unwrap()),
        trunks,
        routes: routes.collect(),
        ..SipSettings::default()
    }
}

fn table(trunks: Vec<TrunkSettings>, routes: &[(&str, &str, f64)]) -> TrunkTable {
    TrunkTable::new(&settings(trunks, routes), T0).unwrap()
}

fn callee() -> PhoneNumber {
    "+442079460123".parse().unwrap()
}

fn id(index: u16) -> TrunkId {
    TrunkId::new(index)
}

#[test]
fn a_cheaper_trunk_is_filled_before_a_dearer_one_is_used() {
    let trunks = vec![trunk("dear", 1, 10.0, 9), trunk("cheap", 2, 10.0, 9)];
    let mut table = table(trunks, &[("", "dear", 2.0), ("", "cheap", 1.0)]);
    let mut choose = || table.choose(callee(), T0, &[]);
    assert_eq!(choose(), Choice::Use(id(1)));
    assert_eq!(choose(), Choice::Use(id(1)));
    assert_eq!(choose(), Choice::Use(id(0)));
    assert_eq!(choose(), Choice::Wait { until: T0 + CHANNEL_POLL_MS });
    table.release(id(1));
    assert_eq!(table.choose(callee(), T0, &[]), Choice::Use(id(1)));
}

#[test]
fn an_order_waits_for_the_rate_and_is_told_until_when() {
    let mut table = table(vec![trunk("a", 9, 2.0, 1)], &[]);
    assert_eq!(table.choose(callee(), T0, &[]), Choice::Use(id(0)));
    assert_eq!(table.choose(callee(), T0, &[]), Choice::Wait { until: T0 + 500 });
    assert_eq!(table.next_room(T0), Some(T0 + 500));
    assert_eq!(table.choose(callee(), T0 + 500, &[]), Choice::Use(id(0)));
}

#[test]
fn no_route_and_no_trunk_left_are_told_apart() {
    let trunks = vec![trunk("a", 9, 10.0, 9), trunk("b", 9, 10.0, 9)];
    let mut table = table(trunks, &[("44", "a", 0.0), ("1", "b", 0.0)]);
    let nothing = |reason| Choice::Nothing { reason, retry_after_ms: None };
    let elsewhere = "+33123456789".parse().unwrap();
    assert_eq!(table.choose(elsewhere, T0, &[]), nothing(NoTrunk::NoRoute));
    assert_eq!(table.choose(callee(), T0, &[id(0)]), nothing(NoTrunk::AllTried));
}

#[test]
fn a_congested_trunk_is_left_alone_as_long_as_it_asks_and_five_minutes_at_most() {
    let mut table = table(vec![trunk("a", 9, 10.0, 9), trunk("b", 9, 10.0, 9)], &[]);
    table.congested(id(0), Some(20_000), T0);
    for _ in 0..3 {
        assert_eq!(table.choose(callee(), T0 + 19_999, &[]), Choice::Use(id(1)));
    }
    assert_eq!(table.choose(callee(), T0 + 19_999, &[id(1)]), Choice::Wait { until: T0 + 20_000 });
    assert_eq!(table.choose(callee(), T0 + 20_000, &[id(1)]), Choice::Use(id(0)));
    table.congested(id(0), Some(u64::MAX), T0 + 20_000);
    let report = table.snapshot(T0 + 20_000).remove(0);
    assert_eq!(report.held_until, Some(T0 + 320_000));
}

#[test]
fn repeated_congestion_without_a_wish_holds_twice_as_long_and_a_burst_of_it_counts_once() {
    let mut table = table(vec![trunk("a", 9, 10.0, 9)], &[]);
    let mut now = T0;
    let mut holds = Vec::new();
    for _ in 0..7 {
        table.congested(id(0), None, now);
        table.congested(id(0), None, now + 1);
        table.congested(id(0), Some(0), now + 1);
        let next = table.next_room(now).unwrap();
        holds.push(next.since(now));
        now = next;
    }
    assert_eq!(holds, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    now = now + MINUTE_MS;
    table.congested(id(0), None, now);
    assert_eq!(table.next_room(now), Some(now + 1_000));
}

const MINUTE_MS: i64 = 60_000;

#[test]
fn three_time_outs_in_a_row_take_a_trunk_down_and_one_call_tries_it_again() {
    let mut table = table(vec![trunk("a", 99, 10.0, 9), trunk("b", 9, 0.001, 1)], &[]);
    table.timed_out(id(0), T0);
    table.timed_out(id(0), T0);
    table.responded(id(0));
    table.timed_out(id(0), T0);
    table.timed_out(id(0), T0);
    assert_eq!(table.snapshot(T0)[0].health, Health::Up);
    table.timed_out(id(0), T0);
    assert_eq!(table.snapshot(T0)[0].health, Health::Down { reason: DownReason::TimeOuts });
    assert_eq!(table.choose(callee(), T0, &[id(1)]), Choice::Wait { until: T0 + 30_000 });
    let again = T0 + 30_000;
    assert_eq!(table.choose(callee(), again, &[id(1)]), Choice::Use(id(0)));
    assert_eq!(table.choose(callee(), again, &[id(1)]), Choice::Wait { until: again + 30_000 });
    table.timed_out(id(0), again + 20_000);
    // The second try rests twice as long.
    let third = again + 30_000;
    assert_eq!(table.choose(callee(), third, &[id(1)]), Choice::Use(id(0)));
    assert_eq!(table.choose(callee(), third, &[id(1)]), Choice::Wait { until: third + 60_000 });
    table.responded(id(0));
    // 8 that the rate has left here, and 1 on the other.
    assert_eq!(table.room(third), 9);
}

#[test]
fn a_trunk_that_registers_is_down_until_it_has_and_options_say_the_same() {
    let register = TrunkSettings {
        register: true,
        username: Some("u".to_owned()),
        password: "p".to_owned().try_into().unwrap(),
        options_every_s: 30,
        ..trunk("a", 9, 10.0, 9)
    };
    let mut table = table(vec![register], &[]);
    let down = Choice::Nothing { reason: NoTrunk::AllDown, retry_after_ms: Some(30_000) };
    assert_eq!(table.choose(callee(), T0, &[]), down);
    assert_eq!(table.next_room(T0), None);
    table.set_health(id(0), HealthSource::Registration, true, T0);
    assert_eq!(table.choose(callee(), T0, &[]), Choice::Use(id(0)));
    table.set_health(id(0), HealthSource::Options, false, T0);
    assert_eq!(table.choose(callee(), T0, &[]), down);
    for _ in 0..3 {
        table.timed_out(id(0), T0);
    }
    table.set_health(id(0), HealthSource::Options, true, T0 + 1_000);
    assert_eq!(table.choose(callee(), T0 + 1_000, &[]), Choice::Use(id(0)));
    assert_eq!(table.room(T0 + 1_000), 0);
}

#[test]
fn a_trunk_that_is_not_there_changes_nothing() {
    let mut table = table(vec![trunk("a", 9, 10.0, 9)], &[]);
    table.release(id(7));
    table.congested(id(7), None, T0);
    assert_eq!(table.find("a"), Some(id(0)));
    assert_eq!(table.find("b"), None);
    assert_eq!(table.room(T0), 9);
}

#[test]
fn settings_that_cannot_be_used_make_no_table() {
    let settings = settings(vec![trunk("a", 0, 10.0, 9)], &[]);
    let error = TrunkTable::new(&settings, T0).unwrap_err();
    assert_eq!(error.field, "trunks[0].channels");
}

#[test]
fn a_report_can_be_written_as_json() {
    let mut table = table(vec![trunk("a", 9, 10.0, 9)], &[]);
    table.choose(callee(), T0, &[]);
    table.set_health(id(0), HealthSource::Options, false, T0);
    let text = serde_json::to_string(&table.snapshot(T0)).unwrap();
    assert!(text.contains(r#""in_use":1,"room":0,"health":"down","reason":"options""#), "{text}");
}

#[derive(Clone, Debug)]
enum Step {
    Pass { ms: i64 },
    Place { tried: Vec<u16> },
    Fill,
    Release { which: usize },
    Congested { trunk: u16, retry_after_ms: Option<u64> },
    TimedOut { trunk: u16 },
    Responded { trunk: u16 },
    Health { trunk: u16, registration: bool, is_up: bool },
}

const TRUNKS: u16 = 3;

fn any_step() -> impl Strategy<Value = Step> {
    let trunk = 0..TRUNKS;
    prop_oneof![
        3 => (0i64..3_000).prop_map(|ms| Step::Pass { ms }),
        1 => (0i64..400_000).prop_map(|ms| Step::Pass { ms }),
        4 => prop::collection::vec(trunk.clone(), 0..3).prop_map(|tried| Step::Place { tried }),
        1 => Just(Step::Fill),
        3 => any::<usize>().prop_map(|which| Step::Release { which }),
        1 => (trunk.clone(), prop::option::of(0u64..400_000))
            .prop_map(|(trunk, retry_after_ms)| Step::Congested { trunk, retry_after_ms }),
        1 => trunk.clone().prop_map(|trunk| Step::TimedOut { trunk }),
        1 => trunk.clone().prop_map(|trunk| Step::Responded { trunk }),
        1 => (trunk, any::<bool>(), any::<bool>())
            .prop_map(|(trunk, registration, is_up)| Step::Health { trunk, registration, is_up }),
    ]
}

/// What must hold of the table, reckoned without its own bookkeeping.
struct Judge {
    table: TrunkTable,
    own: Vec<TrunkSettings>,
    now: UnixMillis,
    live: Vec<TrunkId>,
    placed: Vec<Vec<UnixMillis>>,
    held_until: Vec<UnixMillis>,
    down: Vec<[bool; 2]>,
    time_outs: Vec<u32>,
}

impl Judge {
    fn new(own: Vec<TrunkSettings>) -> Self {
        let count = own.len();
        Self {
            table: table(own.clone(), &[]),
            own,
            now: T0,
            live: Vec::new(),
            placed: vec![Vec::new(); count],
            held_until: vec![T0; count],
            down: vec![[false; 2]; count],
            time_outs: vec![0; count],
        }
    }

    fn place(&mut self, tried: &[TrunkId]) -> bool {
        let choice = self.table.choose(callee(), self.now, tried);
        let chosen = match choice {
            Choice::Use(chosen) => chosen,
            Choice::Wait { until } => {
                assert!(until > self.now);
                return false;
            }
            Choice::Nothing { reason, .. } => {
                let all_tried = (0..TRUNKS).all(|index| tried.contains(&id(index)));
                assert_eq!(reason == NoTrunk::AllTried, all_tried);
                return false;
            }
        };
        let index = chosen.index();
        assert!(!tried.contains(&chosen), "a trunk was tried twice");
        assert!(self.now >= self.held_until[index], "a held trunk was used");
        assert_eq!(self.down[index], [false; 2], "a trunk that is down was used");
        self.live.push(chosen);
        self.placed[index].push(self.now);
        self.check_limits(index);
        true
    }

    fn check_limits(&self, index: usize) {
        let own = &self.own[index];
        let in_use = self.live.iter().filter(|id| id.index() == index).count();
        assert!(in_use <= own.channels as usize, "more calls than channels");
        let placed = &self.placed[index];
        for (first, &start) in placed.iter().enumerate() {
            let calls = (placed.len() - first) as f64;
            let seconds = self.now.since(start) as f64 / 1_000.0;
            let allowed = own.calls_per_second * seconds + f64::from(own.burst.unwrap());
            assert!(calls <= allowed + 1e-6, "more calls than the rate allows");
        }
    }

    fn take(&mut self, step: &Step) {
        let now = self.now;
        match *step {
            Step::Pass { ms } => self.now = now + ms,
            Step::Place { ref tried } => {
                let tried: Vec<_> = tried.iter().map(|&index| id(index)).collect();
                self.place(&tried);
            }
            Step::Fill => {
                let room = self.table.room(now);
                for _ in 0..room {
                    assert!(self.place(&[]), "room() promised more than choose() gave");
                }
                assert!(!self.place(&[]), "room() promised less than choose() gave");
            }
            Step::Release { which } => {
                if !self.live.is_empty() {
                    let gone = self.live.swap_remove(which % self.live.len());
                    self.table.release(gone);
                }
            }
            Step::Congested { trunk, retry_after_ms } => {
                self.table.congested(id(trunk), retry_after_ms, now);
                let index = usize::from(trunk);
                let asked_ms = match retry_after_ms {
                    Some(ms) if ms > 0 => ms.min(300_000) as i64,
                    _ if now < self.held_until[index] => 0,
                    _ => 1_000,
                };
                self.held_until[index] = self.held_until[index].max(now + asked_ms);
                self.time_outs[index] = 0;
            }
            Step::TimedOut { trunk } => {
                self.table.timed_out(id(trunk), now);
                self.time_outs[usize::from(trunk)] += 1;
            }
            Step::Responded { trunk } => {
                self.table.responded(id(trunk));
                self.time_outs[usize::from(trunk)] = 0;
            }
            Step::Health { trunk, registration, is_up } => {
                let source = match registration {
                    true => HealthSource::Registration,
                    false => HealthSource::Options,
                };
                self.table.set_health(id(trunk), source, is_up, now);
                self.down[usize::from(trunk)][usize::from(registration)] = !is_up;
            }
        }
    }

    fn check(&mut self) {
        let now = self.now;
        let room = self.table.room(now);
        let next = self.table.next_room(now);
        assert_eq!(next == Some(now), room > 0);
        if let Some(next) = next {
            assert!(self.table.clone().room(next) > 0, "no room when it was said");
            let before = (next - 1).max(now);
            assert!(before == next || self.table.clone().room(before) == 0, "room sooner");
        }
        for (index, report) in self.table.snapshot(now).into_iter().enumerate() {
            let in_use = self.live.iter().filter(|id| id.index() == index).count();
            assert_eq!(report.in_use as usize, in_use, "releases do not balance");
            assert_eq!(report.placed as usize, self.placed[index].len());
            let is_down = self.down[index] != [false; 2] || self.time_outs[index] >= 3;
            assert_eq!(matches!(report.health, Health::Down { .. }), is_down);
            assert!(self.time_outs[index] < 3 || report.room <= 1);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_breaks_a_limit_of_a_trunk(
        figures in prop::collection::vec((1u32..6, 1u32..40, 1u32..5, 1u32..10), TRUNKS as usize),
        steps in prop::collection::vec(any_step(), 1..80),
    ) {
        let own = figures.into_iter().enumerate();
        let own = own.map(|(index, (channels, tenths_per_second, burst, weight))| TrunkSettings {
            weight,
            ..trunk(&format!("t{index}"), channels, f64::from(tenths_per_second) / 10.0, burst)
        });
        let mut judge = Judge::new(own.collect());
        for step in &steps {
            judge.take(step);
            judge.check();
        }
        for gone in std::mem::take(&mut judge.live) {
            judge.table.release(gone);
        }
        judge.check();
    }
}
