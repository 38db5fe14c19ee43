//! How many calls does the media plane carry? Two planes in one process talk to each other: each
//! stream plays and receives, those of the first plane also record.
//!
//! `cargo run --release -p outcall-media --example flood -- CALLS [SECONDS] [SHARDS] [FOLDER]`
//!
//! FOLDER takes the recordings (`-` for none; the system's folder for temporary files otherwise).
//! Prints, for both planes together, the processor time for each packet (one sent or one received),
//! how late packets were sent, and losses.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use outcall_media::clip::Clip;
use outcall_media::g711::Law;
use outcall_media::plane::{
    MediaEvent, MediaPlane, MediaSettings, MediaSink, PlaneFigures, Stream, StreamId, StreamReport,
};
use outcall_media::sdp::{Direction, Negotiated, PayloadTypes};

#[derive(Default)]
struct Tally {
    closed: Mutex<Vec<StreamReport>>,
    recordings: AtomicU64,
    failures: AtomicU64,
}

impl MediaSink for Tally {
    fn event(&self, _: StreamId, event: MediaEvent) {
        match event {
            MediaEvent::Closed(report) => {
                self.closed.lock().expect("invariant: no panic").push(*report);
            }
            MediaEvent::RecordingFinished { .. } => {
                self.recordings.fetch_add(1, Ordering::Relaxed);
            }
            MediaEvent::RecordingFailed { .. }
            | MediaEvent::OneWay { .. }
            | MediaEvent::Lost { .. } => {
                self.failures.fetch_add(1, Ordering::Relaxed);
            }
            MediaEvent::Sending { .. }
            | MediaEvent::FirstPacket { .. }
            | MediaEvent::Digit(_)
            | MediaEvent::PlaybackFinished { .. }
            | MediaEvent::Resumed
            | MediaEvent::Quiet { .. }
            | MediaEvent::Sound => {}
        }
    }
}

struct Run {
    calls: usize,
    seconds: u64,
    shards: usize,
    folder: Option<PathBuf>,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| {
        arguments.next().map_or(default, |text| text.parse().expect("a number was given"))
    };
    let (calls, seconds, shards) = (number(1_000), number(10) as u64, number(1));
    let folder = match arguments.next() {
        Some(text) if text == "-" => None,
        Some(text) => Some(PathBuf::from(text)),
        None => Some(std::env::temp_dir().join("flood")),
    };
    if let Some(folder) = &folder {
        fs_err::create_dir_all(folder).expect("the folder can be made");
    }
    measure(&Run { calls, seconds, shards, folder });
}

fn settings(run: &Run, ports: std::ops::RangeInclusive<u16>) -> MediaSettings {
    MediaSettings { ports, shards: run.shards, streams_max: run.calls, ..MediaSettings::default() }
}

fn measure(run: &Run) {
    let (near_tally, far_tally) = (Arc::new(Tally::default()), Arc::new(Tally::default()));
    let near =
        MediaPlane::start(settings(run, 2_000..=30_000), near_tally.clone()).expect("starts");
    let far = MediaPlane::start(settings(run, 33_000..=63_000), far_tally.clone()).expect("starts");
    let clip = Arc::new(Clip::tone(440.0, 7_130, 0.3));
    let mut streams = Vec::new();
    for call in 0..run.calls {
        let pair = [near.open().expect("opens"), far.open().expect("opens")];
        for (stream, other) in [(&pair[0], &pair[1]), (&pair[1], &pair[0])] {
            stream.connect(&negotiated(other.local_rtp()));
            stream.play_loop(Arc::clone(&clip));
        }
        if let Some(folder) = &run.folder {
            pair[0].record(folder.join(format!("{call}.wav")));
        }
        streams.push(pair);
    }
    std::thread::sleep(Duration::from_secs(7));
    let before = (cpu_ms(), [near.figures(), far.figures()]);
    std::thread::sleep(Duration::from_secs(run.seconds));
    let after = (cpu_ms(), [near.figures(), far.figures()]);
    print(run, &before, &after);
    end(streams, [near, far], &[&near_tally, &far_tally]);
}

fn end(streams: Vec<[Stream; 2]>, planes: [MediaPlane; 2], tallies: &[&Tally]) {
    drop(streams);
    for plane in planes {
        plane.stop();
    }
    for tally in tallies {
        let reports = tally.closed.lock().expect("invariant: no panic");
        let sum = |figure: fn(&StreamReport) -> u64| reports.iter().map(figure).sum::<u64>();
        say(&format!(
            "  {} closed: received {}, lost {}, late {}, concealed {} ms, strangers {}, \
             recordings {}, frames not recorded {}, failures {}",
            reports.len(),
            sum(|report| report.packets_received),
            sum(|report| report.lost),
            sum(|report| report.late),
            sum(|report| report.concealed_ms),
            sum(|report| report.strangers),
            tally.recordings.load(Ordering::Relaxed),
            sum(|report| report.recording_dropped_frames),
            tally.failures.load(Ordering::Relaxed),
        ));
    }
}

fn print(run: &Run, before: &(u64, [PlaneFigures; 2]), after: &(u64, [PlaneFigures; 2])) {
    let packets = |figures: &[PlaneFigures; 2]| {
        figures.iter().map(|one| one.packets_sent + one.packets_received).sum::<u64>()
    };
    let count = packets(&after.1) - packets(&before.1);
    let cpu_us = (after.0 - before.0) * 1_000;
    let wanted = run.calls as u64 * 2 * 2 * 50 * run.seconds;
    say(&format!(
        "{} calls, {} shards a plane: {:.2} us a packet, {:.0} % of a core, {:.1} % of packets",
        run.calls,
        run.shards,
        cpu_us as f64 / count as f64,
        cpu_us as f64 / run.seconds as f64 / 10_000.0,
        count as f64 * 100.0 / wanted as f64,
    ));
    for figures in &after.1 {
        say(&format!(
            "  late p50 {} us, p99 {} us, max {} us; skipped {}, send errors {}, blocks dropped {}",
            figures.lateness_p50_us,
            figures.lateness_p99_us,
            figures.lateness_max_us,
            figures.sweeps_skipped,
            figures.send_errors,
            figures.recording_blocks_dropped,
        ));
    }
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("the terminal takes a line");
}

/// Processor time of this process in milliseconds (proc(5): fields 14 and 15, in 1/100 s).
fn cpu_ms() -> u64 {
    let stat = fs_err::read_to_string("/proc/self/stat").expect("Linux");
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
}

fn negotiated(remote: SocketAddr) -> Negotiated {
    Negotiated {
        remote_rtp: remote,
        remote_rtcp: SocketAddr::new(remote.ip(), remote.port() + 1),
        law: Law::A,
        payload_type: Law::A.payload_type(),
        telephone_event: Some(101),
        receive: PayloadTypes { a: Some(8), telephone_event: Some(101), ..PayloadTypes::default() },
        direction: Direction::SendReceive,
        local_key: None,
        remote_key: None,
        rtcp_mux: false,
    }
}
