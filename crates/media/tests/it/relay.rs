//! A network in between that loses, reorders and changes packets, the same way for the same seed.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// What the network does to packets from the caller to the callee.
#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    pub(crate) seed: u64,
    /// Of 100 packets so many are lost.
    pub(crate) lost: u64,
    /// Of 100 packets so many are held back behind the next one.
    pub(crate) swapped: u64,
    /// After so many packets the source changes its SSRC, number and timestamp.
    pub(crate) changes_after: Option<u64>,
}

/// What it did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    pub(crate) lost: u64,
    pub(crate) swapped: u64,
}

/// A relay with an address for each side.
pub(crate) struct Relay {
    /// Where the caller sends to.
    pub(crate) for_caller: SocketAddr,
    /// Where the callee sends to.
    pub(crate) for_callee: SocketAddr,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Done>>,
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    socket
}

impl Relay {
    pub(crate) fn start(caller: SocketAddr, callee: SocketAddr, faults: Faults) -> Self {
        let (caller_side, callee_side) = (Arc::new(socket()), Arc::new(socket()));
        let (for_caller, for_callee) =
            (caller_side.local_addr().unwrap(), callee_side.local_addr().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let spawn = |from: &Arc<UdpSocket>, by: &Arc<UdpSocket>, to, faults| {
            let (from, by, stop) = (Arc::clone(from), Arc::clone(by), Arc::clone(&stop));
            std::thread::spawn(move || carry(&from, &by, to, faults, &stop))
        };
        let threads = vec![
            spawn(&caller_side, &callee_side, callee, faults),
            spawn(&callee_side, &caller_side, caller, Faults::default()),
        ];
        Self { for_caller, for_callee, stop, threads }
    }

    /// What was done to packets from the caller.
    pub(crate) fn stop(self) -> Done {
        self.stop.store(true, Ordering::Relaxed);
        let done: Vec<Done> =
            self.threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        done[0]
    }
}

fn carry(
    from: &UdpSocket,
    by: &UdpSocket,
    to: SocketAddr,
    faults: Faults,
    stop: &AtomicBool,
) -> Done {
    let (mut done, mut state, mut count) = (Done::default(), faults.seed, 0);
    let mut held: Option<Vec<u8>> = None;
    let mut percent = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % 100
    };
    while !stop.load(Ordering::Relaxed) {
        let mut datagram = [0; 2_000];
        let Ok((size, _)) = from.recv_from(&mut datagram) else { continue };
        let mut packet = datagram[..size].to_vec();
        count += 1;
        if faults.changes_after.is_some_and(|after| count > after) {
            change(&mut packet);
        }
        if percent() < faults.lost {
            done.lost += 1;
        } else if percent() < faults.swapped && held.is_none() {
            done.swapped += 1;
            held = Some(packet);
        } else {
            by.send_to(&packet, to).unwrap();
            if let Some(held) = held.take() {
                by.send_to(&held, to).unwrap();
            }
        }
    }
    done
}

/// Another SSRC, with numbers of its own.
fn change(packet: &mut [u8]) {
    let number = u16::from_be_bytes([packet[2], packet[3]]).wrapping_add(30_000);
    packet[2..4].copy_from_slice(&number.to_be_bytes());
    let time = u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]);
    packet[4..8].copy_from_slice(&time.wrapping_add(3_000_000_000).to_be_bytes());
    packet[8] ^= 0xFF;
}
