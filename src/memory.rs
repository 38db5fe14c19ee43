//! The program's memory: where it comes from, and that it goes back.

/// A dialler allocates and frees in bursts, from several threads; what is free goes back to the
/// system, which the C library's allocator does only at the top of its heaps. With its feature
/// `override` it serves the libraries of C and C++ as well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Takes small pages only. With huge ones the kernel fills what the allocator has given back as
/// soon as one of its neighbours is in use: after a minute of calls that is the greater part of
/// the program's memory, and it buys no time.
pub(crate) fn use_small_pages() {
    #[cfg(target_os = "linux")]
    if let Err(error) = nix::sys::prctl::set_thp_disable(true) {
        tracing::warn!(%error, "huge pages stay on: the program will hold more memory");
    }
}
