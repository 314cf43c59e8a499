//! Hierarchical alternating least squares: each component in turn is set to the value that
//! minimises the Euclidean distance with all others fixed.
//!
//! Cichocki, Zdunek & Amari, "Hierarchical ALS algorithms for nonnegative matrix and 3D
//! tensor factorization", ICA 2007. Several sweeps per product with V, which is far more
//! expensive, follow Gillis & Glineur, "Accelerated multiplicative updates and hierarchical
//! ALS algorithms for nonnegative matrix factorization", Neural Computation 24(4), 2012.

use multiversion::multiversion;

/// Sweeps over the components.
const SWEEPS: usize = 2;

/// Rows updated in parallel.
const LANES: usize = 16;

/// Updates the columns of `left` (rows × components) from `fixed` on, given `products` V R
/// (same shape) and `gram` RᵀR (components × components). Components that are zero in R
/// stay unchanged.
#[multiversion(targets = "simd")]
pub(super) fn project(left: &mut [f32], products: &[f32], gram: &[f32], fixed: usize) {
    let components = gram.len().isqrt();
    let mut lanes = vec![[0.0_f32; LANES]; components];
    let blocks = left.chunks_mut(LANES * components).zip(products.chunks(LANES * components));
    for (left, products) in blocks {
        for (lane, row) in left.chunks_exact(components).enumerate() {
            lanes.iter_mut().zip(row).for_each(|(lanes, x)| lanes[lane] = *x);
        }
        for k in (0..SWEEPS).flat_map(|_| fixed..components) {
            let row = &gram[k * components..(k + 1) * components];
            if row[k] <= 0.0 {
                continue;
            }
            let mut slope = [0.0; LANES];
            let own = products.chunks_exact(components);
            slope.iter_mut().zip(own).for_each(|(slope, products)| *slope = products[k]);
            for (lanes, g) in lanes.iter().zip(row) {
                for (slope, x) in slope.iter_mut().zip(lanes) {
                    *slope -= g * x;
                }
            }
            let scale = 1.0 / row[k];
            for (x, slope) in lanes[k].iter_mut().zip(slope) {
                *x = (*x + slope * scale).max(0.0);
            }
        }
        for (lane, row) in left.chunks_exact_mut(components).enumerate() {
            row.iter_mut().zip(&lanes).for_each(|(x, lanes)| *x = lanes[lane]);
        }
    }
}
