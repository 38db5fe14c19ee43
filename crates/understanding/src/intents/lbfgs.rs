//! Minimising a smooth function of many numbers: limited-memory BFGS (Nocedal, 1980).

use std::collections::VecDeque;

/// Steps that are remembered.
const HISTORY: usize = 8;
/// A step is taken when it brings this part of what its slope promises (Armijo).
const SUFFICIENT: f64 = 1e-4;
/// Halvings of a step at most.
const HALVINGS: u32 = 20;

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Steps at most.
    pub steps: usize,
    /// The largest slope, relative to the first one, that counts as flat.
    pub flat: f64,
}

struct Pair {
    step: Vec<f32>,
    change: Vec<f32>,
    /// 1 / (step . change)
    inverse: f64,
}

/// Walks `x` down `f`, which gives its value and writes its gradient.
pub fn minimise(x: &mut [f32], limits: Limits, mut f: impl FnMut(&[f32], &mut [f32]) -> f64) {
    let mut gradient = vec![0.0; x.len()];
    let mut value = f(x, &mut gradient);
    let flat = limits.flat * largest(&gradient).max(f64::MIN_POSITIVE);
    let mut pairs: VecDeque<Pair> = VecDeque::new();
    let (mut next, mut next_gradient) = (x.to_vec(), gradient.clone());
    for _ in 0..limits.steps {
        if largest(&gradient) <= flat {
            break;
        }
        let mut direction = direction(&gradient, &pairs);
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            pairs.clear();
            direction = gradient.iter().map(|g| -g).collect();
            slope = -dot(&gradient, &gradient);
        }
        let first = 1.0 / dot(&gradient, &gradient).sqrt().max(1e-12);
        let mut length = if pairs.is_empty() { first.min(1.0) } else { 1.0 };
        let mut next_value = f64::INFINITY;
        for _ in 0..HALVINGS {
            for ((to, &from), &by) in next.iter_mut().zip(&*x).zip(&direction) {
                *to = from + length as f32 * by;
            }
            next_value = f(&next, &mut next_gradient);
            if next_value <= value + SUFFICIENT * length * slope {
                break;
            }
            length /= 2.0;
        }
        if !next_value.is_finite() || next_value >= value {
            break;
        }
        remember(&mut pairs, x, &next, &gradient, &next_gradient);
        x.copy_from_slice(&next);
        std::mem::swap(&mut gradient, &mut next_gradient);
        value = next_value;
    }
}

fn remember(pairs: &mut VecDeque<Pair>, x: &[f32], next: &[f32], g: &[f32], next_g: &[f32]) {
    let step: Vec<f32> = next.iter().zip(x).map(|(a, b)| a - b).collect();
    let change: Vec<f32> = next_g.iter().zip(g).map(|(a, b)| a - b).collect();
    let curvature = dot(&step, &change);
    // Where the function is not seen to bend, the pair would lead astray.
    if curvature > 1e-12 {
        if pairs.len() == HISTORY {
            pairs.pop_front();
        }
        pairs.push_back(Pair { step, change, inverse: 1.0 / curvature });
    }
}

/// Down, seen through the curvature of the steps so far (the two loops of Nocedal).
fn direction(gradient: &[f32], pairs: &VecDeque<Pair>) -> Vec<f32> {
    let mut q: Vec<f32> = gradient.iter().map(|g| -g).collect();
    let mut parts = Vec::with_capacity(pairs.len());
    for pair in pairs.iter().rev() {
        let part = pair.inverse * dot(&pair.step, &q);
        add(&mut q, -part, &pair.change);
        parts.push(part);
    }
    if let Some(last) = pairs.back() {
        let scale = 1.0 / (last.inverse * dot(&last.change, &last.change)).max(1e-12);
        q.iter_mut().for_each(|value| *value *= scale as f32);
    }
    for (pair, part) in pairs.iter().zip(parts.into_iter().rev()) {
        let back = pair.inverse * dot(&pair.change, &q);
        add(&mut q, part - back, &pair.step);
    }
    q
}

fn add(to: &mut [f32], factor: f64, what: &[f32]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += factor as f32 * what);
}

/// In blocks, so that sums of a million numbers stay exact and the loop is one of vectors.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let blocks = a.chunks(256).zip(b.chunks(256));
    blocks.map(|(a, b)| f64::from(a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>())).sum()
}

fn largest(values: &[f32]) -> f64 {
    values.iter().fold(0.0, |most: f64, &value| most.max(f64::from(value.abs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_point_of_a_narrow_valley_is_found() {
        // Rosenbrock's function has it at (1, 1).
        let mut x = [-1.2, 1.0];
        minimise(&mut x, Limits { steps: 200, flat: 1e-7 }, |x, gradient| {
            let (a, b) = (f64::from(x[0]), f64::from(x[1]));
            gradient[0] = (-2.0 * (1.0 - a) - 400.0 * a * (b - a * a)) as f32;
            gradient[1] = (200.0 * (b - a * a)) as f32;
            (1.0 - a).powi(2) + 100.0 * (b - a * a).powi(2)
        });
        assert!((x[0] - 1.0).abs() < 1e-2 && (x[1] - 1.0).abs() < 1e-2, "{x:?}");
    }
}
