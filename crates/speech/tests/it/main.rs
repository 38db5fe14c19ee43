//! Speech with its models: what is said is heard. Without models the tests say so and pass; the
//! check that everything runs fetches them first.

mod hearing;
mod models;
mod pool;
