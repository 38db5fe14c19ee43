//! Audio whose samples tell their timestamp, so that order is visible in what is heard.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

const PACKET: u32 = 160;

fn buffer(min_ms: u32, max_ms: u32) -> JitterBuffer {
    JitterBuffer::new(JitterSettings { min_ms, max_ms })
}

/// A packet whose samples count up from 1 at `first`.
fn packet(number: u32) -> Vec<i16> {
    (0..PACKET).map(|index| ((number * PACKET + index) % 30_000 + 1) as i16).collect()
}

fn insert(jitter: &mut JitterBuffer, number: u32, arrival: u32) -> Arrival {
    let (sequence, timestamp) = (number as u16, number.wrapping_mul(PACKET));
    jitter.insert(sequence, timestamp, &packet(number), arrival)
}

/// 20 ms of it: what the blocks were, and their samples.
fn pull(jitter: &mut JitterBuffer) -> (Block, Block, Vec<i16>) {
    let (mut first, mut second) = ([0; BLOCK], [0; BLOCK]);
    let blocks = (jitter.pull(&mut first), jitter.pull(&mut second));
    (blocks.0, blocks.1, [first, second].concat())
}

#[test]
fn what_comes_evenly_is_heard_whole_after_the_least_depth() {
    let mut jitter = buffer(40, 200);
    assert_eq!(pull(&mut jitter).0, Block::Idle);
    for number in 0..50 {
        assert_eq!(insert(&mut jitter, number, number * PACKET), Arrival::Accepted);
        let (first, second, heard) = pull(&mut jitter);
        if number == 0 {
            assert_eq!((first, second), (Block::Missing, Block::Missing), "the depth fills");
        } else {
            assert_eq!((first, second), (Block::Audio, Block::Audio));
            assert_eq!(heard, packet(number - 1));
        }
    }
    assert_eq!(jitter.target_ms(), 40);
}

#[test]
fn packets_out_of_order_are_heard_in_order_and_duplicates_once() {
    let mut jitter = buffer(80, 200);
    for number in [0, 2, 1, 3] {
        assert_eq!(insert(&mut jitter, number, number * PACKET), Arrival::Accepted);
    }
    assert_eq!(insert(&mut jitter, 1, 3 * PACKET), Arrival::Duplicate);
    assert_eq!(insert(&mut jitter, 3, 3 * PACKET), Arrival::Duplicate);
    let heard: Vec<i16> = (0..8)
        .map(|_| pull(&mut jitter))
        .filter(|pulled| pulled.0 == Block::Audio)
        .flat_map(|pulled| pulled.2)
        .collect();
    assert_eq!(heard, (0..4).flat_map(packet).collect::<Vec<_>>());
}

#[test]
fn a_lost_packet_is_missing_for_exactly_its_length() {
    let mut jitter = buffer(40, 200);
    let mut missing = 0;
    for number in 0..20 {
        if number != 7 {
            insert(&mut jitter, number, number * PACKET);
        }
        let (first, second, _) = pull(&mut jitter);
        missing += u32::from(first == Block::Missing) + u32::from(second == Block::Missing);
    }
    assert_eq!(missing, 2 + 2, "two blocks while the depth fills, two for the lost packet");
    assert_eq!(jitter.missing_blocks(), 2);
    assert_eq!(insert(&mut jitter, 7, 20 * PACKET), Arrival::Late);
}

#[test]
fn a_late_packet_makes_the_buffer_deeper_and_is_heard() {
    let mut jitter = buffer(20, 200);
    let mut heard = Vec::new();
    for sweep in 0..40 {
        // From the tenth on, packets need 60 ms longer.
        let number = if sweep < 10 { Some(sweep) } else { (sweep >= 13).then(|| sweep - 3) };
        if let Some(number) = number {
            insert(&mut jitter, number, sweep * PACKET);
        }
        let (first, second, samples) = pull(&mut jitter);
        if (first, second) == (Block::Audio, Block::Audio) {
            heard.extend(samples);
        }
    }
    assert_eq!(heard, (0..37).flat_map(packet).collect::<Vec<_>>(), "nothing is lost");
    assert_eq!(jitter.target_ms(), 80);
}

#[test]
fn depth_that_is_not_needed_goes_away_slowly() {
    let mut jitter = buffer(20, 200);
    let mut number = 0;
    let mut depth_most = 0;
    for sweep in 0..3_000 {
        let stalled = (100..105).contains(&sweep);
        while !stalled && number <= sweep {
            insert(&mut jitter, number, sweep * PACKET);
            number += 1;
        }
        pull(&mut jitter);
        depth_most = depth_most.max(jitter.depth_ms());
        if sweep == 150 {
            assert!(jitter.depth_ms() >= 60, "still deep after a second: {}", jitter.depth_ms());
        }
    }
    assert!(depth_most >= 80, "{depth_most}");
    assert!(jitter.depth_ms() <= 20, "{}", jitter.depth_ms());
    assert_eq!(jitter.target_ms(), 20);
    // By 10 ms at a time.
    assert!(jitter.shortened_blocks() >= 6, "{}", jitter.shortened_blocks());
}

#[test]
fn a_burst_after_a_stall_is_cut_to_the_greatest_depth() {
    let mut jitter = buffer(20, 100);
    insert(&mut jitter, 0, 0);
    for _ in 0..20 {
        pull(&mut jitter);
    }
    for number in 1..20 {
        insert(&mut jitter, number, 20 * PACKET);
        assert!(jitter.depth_ms() <= 100, "{}", jitter.depth_ms());
    }
}

#[test]
fn timestamps_and_numbers_wrap_unnoticed() {
    let mut jitter = buffer(40, 200);
    let start = u32::MAX - 5 * PACKET + 33;
    for index in 0..40_u32 {
        let (sequence, timestamp) = (65_530_u16.wrapping_add(index as u16), index * PACKET);
        let timestamp = start.wrapping_add(timestamp);
        jitter.insert(sequence, timestamp, &packet(index), index * PACKET);
        if index > 0 {
            assert_eq!(pull(&mut jitter).2, packet(index - 1), "two came at once: no need to wait");
        }
    }
}

#[test]
fn a_pause_in_which_nothing_is_sent_loses_nothing_afterwards() {
    let mut jitter = buffer(40, 200);
    let mut heard = Vec::new();
    for sweep in 0..200 {
        // Silence suppression: numbers go on, timestamps leap over the pause.
        if sweep < 10 {
            insert(&mut jitter, sweep, sweep * PACKET);
        } else if sweep >= 110 {
            let samples = packet(sweep);
            jitter.insert((sweep - 100) as u16, sweep * PACKET, &samples, sweep * PACKET);
        }
        let (first, _, samples) = pull(&mut jitter);
        if first == Block::Audio {
            heard.push(samples);
        }
    }
    assert_eq!(heard.len(), 10 + 90 - 1);
    assert_eq!(heard[10], packet(110));
    assert_eq!(jitter.missing_blocks(), 0, "nothing was lost");
    jitter.pass(100);
    assert_eq!(jitter.insert(100, 200 * PACKET, &packet(1), 200 * PACKET), Arrival::Duplicate);
}

#[test]
fn another_clock_begins_anew() {
    let mut jitter = buffer(20, 200);
    insert(&mut jitter, 0, 0);
    pull(&mut jitter);
    let far = 4_000_000_000;
    assert_eq!(jitter.insert(1, far, &packet(1), PACKET), Arrival::Restarted);
    assert_eq!(pull(&mut jitter).2, packet(1));
    assert_eq!(jitter.insert(30_000, far + 160, &packet(2), 2 * PACKET), Arrival::Late);
    assert_eq!(jitter.insert(30_001, far + 320, &packet(3), 3 * PACKET), Arrival::Restarted);
    assert_eq!(pull(&mut jitter).2, packet(3));
}

#[test]
fn one_stray_packet_throws_nothing_away() {
    for stray in [436, 8_000] {
        let mut jitter = buffer(80, 200);
        let mut heard = Vec::new();
        for number in 500..540 {
            insert(&mut jitter, number, number * PACKET);
            if number == 520 {
                assert_eq!(insert(&mut jitter, stray, number * PACKET), Arrival::Late);
            }
            let (first, _, samples) = pull(&mut jitter);
            if first == Block::Audio {
                heard.extend(samples);
            }
        }
        let expected: Vec<i16> = (500..537).flat_map(packet).collect();
        assert_eq!((jitter.missing_blocks(), heard), (0, expected), "after number {stray}");
    }
}

/// Found by the property below: what the buffer passes over must not stay in the ring.
#[test]
fn a_packet_from_before_the_beginning_is_not_heard_a_second_later() {
    let mut jitter = buffer(54, 200);
    let mut heard = Vec::new();
    for sweep in 9..70_u32 {
        let came: &[u32] = match sweep {
            9 => &[1],
            10 => &[0, 7],
            32 => &[32],
            _ => &[],
        };
        for &number in came {
            insert(&mut jitter, number, sweep * PACKET);
        }
        let (first, second, samples) = pull(&mut jitter);
        heard.extend((first == Block::Audio).then_some(samples[0]));
        heard.extend((second == Block::Audio).then_some(samples[BLOCK]));
    }
    assert!(heard.is_sorted(), "{heard:?}");
}

#[test]
fn packets_of_every_usual_length_are_heard_whole() {
    for length in [80, 160, 240, 320, 480] {
        let mut jitter = buffer(20, 200);
        let mut heard = Vec::new();
        let mut sent = 0;
        for time in (0..8_000_u32).step_by(BLOCK) {
            if time % length == 0 {
                let samples: Vec<i16> = (time..time + length).map(|at| at as i16 + 1).collect();
                jitter.insert(sent, time, &samples, time);
                sent += 1;
            }
            let mut block = [0; BLOCK];
            if jitter.pull(&mut block) == Block::Audio {
                heard.extend(block);
            }
        }
        let expected: Vec<i16> = (1..=heard.len() as i16).collect();
        assert_eq!(heard, expected, "packets of {length}");
        assert!(heard.len() > 7_000, "{} heard in packets of {length}", heard.len());
    }
}

proptest! {
    /// Any delays, losses, copies: what is heard keeps the sender's order, is heard once, and the
    /// depth keeps its bound.
    #[test]
    fn nothing_is_heard_out_of_order_or_twice(
        delays in prop::collection::vec((0_u32..20, 0_u8..10), 1..400),
        min_ms in 20_u32..100,
    ) {
        let mut jitter = buffer(min_ms, 200);
        let mut arrivals: Vec<(u32, u32)> = Vec::new();
        for (number, (delay, fate)) in (0_u32..).zip(&delays) {
            if *fate > 0 {
                arrivals.push((number + delay, number));
            }
            if *fate > 8 {
                arrivals.push((number + delay + 1, number));
            }
        }
        arrivals.sort_unstable();
        let mut arrivals = arrivals.into_iter().peekable();
        let mut last = 0;
        let mut seen = HashSet::new();
        for sweep in 0..delays.len() as u32 + 60 {
            while arrivals.peek().is_some_and(|&(at, _)| at <= sweep) {
                let (at, number) = arrivals.next().unwrap();
                // 20,000 samples: each packet has samples of its own.
                let sample = [number as i16 + 1; PACKET as usize];
                jitter.insert(number as u16, number * PACKET, &sample, at * PACKET);
            }
            for _ in 0..2 {
                let mut block = [0; BLOCK];
                if jitter.pull(&mut block) == Block::Audio {
                    let number = block[BLOCK - 1];
                    prop_assert!(number >= last, "{number} after {last}");
                    last = number;
                    seen.insert(number);
                }
            }
            prop_assert!(jitter.depth_ms() <= 220);
        }
        prop_assert!(seen.len() <= delays.len());
    }

    #[test]
    fn no_packet_causes_a_panic_or_growth(
        packets in prop::collection::vec(
            (any::<u16>(), any::<u32>(), 0_usize..2_000, any::<u32>()),
            0..200,
        ),
    ) {
        let mut jitter = buffer(20, 200);
        for (sequence, timestamp, length, arrival) in packets {
            jitter.insert(sequence, timestamp, &vec![1; length], arrival);
            let mut block = [0; BLOCK];
            jitter.pull(&mut block);
            prop_assert!(jitter.depth_ms() <= 220);
        }
    }
}
