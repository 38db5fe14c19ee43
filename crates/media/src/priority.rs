//! Which thread goes first when there is more work than cores.

use rustix::process::setpriority_process;

/// For threads that send packets. Needs a privilege (CAP_SYS_NICE, or a limit for `nice`).
const RAISED: i32 = -10;
/// For threads that write files: their queue bridges seconds.
const LOWERED: i32 = 5;

/// The calling thread goes before others, where the system allows it.
pub(crate) fn raise() {
    // Linux gives each thread a priority of its own (setpriority(2), "C library/kernel
    // differences").
    if let Err(error) = setpriority_process(None, RAISED) {
        tracing::debug!(%error, "media threads run without priority: allow a nice value of -10");
    }
}

/// The calling thread lets others go first.
pub(crate) fn lower() {
    if let Err(error) = setpriority_process(None, LOWERED) {
        tracing::debug!(%error, "recordings are written with the priority of other threads");
    }
}
