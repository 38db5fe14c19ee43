//! Scenarios as their authors write them: read, checked, rehearsed, replayed.

mod bounds;
mod doubt;
mod format;
mod kept;
mod parts;
mod shelf;
mod weighing;
