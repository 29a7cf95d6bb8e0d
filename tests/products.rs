//! Products of matrices: against the definition, in both precisions, for all shapes, strides and cuts.

use fabula::math::{
    Real, product,
    product::{Packed, multiply_add},
    rng,
};
use ndarray::{Array2, ArrayView2};
use ndarray_rand::{RandomExt, rand_distr::StandardNormal};
use proptest::prelude::*;

fn random(shape: (usize, usize), seed: u64) -> Array2<f64> {
    Array2::random_using(shape, StandardNormal, &mut rng(seed))
}

/// Σₖ aᵢₖ·bₖⱼ, one number after the other.
fn by_definition(a: ArrayView2<f64>, b: ArrayView2<f64>) -> Array2<f64> {
    Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| (0..a.ncols()).map(|k| a[[i, k]] * b[[k, j]]).sum())
}

fn differ<F: Real>(found: &Array2<F>, expected: &Array2<f64>) -> f64 {
    found.iter().zip(expected).map(|(&x, y)| (x.to_f64() - y).abs()).fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_product_is_what_its_definition_says(
        m in 1usize..40, k in 0usize..70, n in 1usize..100, turned: (bool, bool), seed: u64,
    ) {
        let at = |shape: (usize, usize), turned, seed| match turned {
            false => random(shape, seed),
            true => random((shape.1, shape.0), seed).reversed_axes(),
        };
        let (a, b) = (at((m, k), turned.0, seed), at((k, n), turned.1, seed ^ 1));
        let expected = by_definition(a.view(), b.view());
        prop_assert!(differ(&product(a.view(), b.view()), &expected) < 1e-12);
        let (a32, b32) = (a.mapv(|x| x as f32), b.mapv(|x| x as f32));
        prop_assert!(differ(&product(a32.view(), b32.view()), &expected) < 1e-4);
        let mut c = Array2::ones((m, n));
        Packed::new(b32.view()).multiply_add(a32.view(), c.view_mut());
        prop_assert!(differ(&c, &(expected + 1.0)) < 1e-4);
    }
}

#[test]
fn long_sums_are_cut_and_many_rows_shared_out() {
    let (a, b) = (random((600, 700), 1), random((700, 130), 2));
    assert!(differ(&product(a.view(), b.view()), &by_definition(a.view(), b.view())) < 1e-11);
    assert!(differ(&product(b.t(), a.t()), &by_definition(b.t(), a.t())) < 1e-11);
}

#[test]
fn an_element_does_not_depend_on_how_the_product_is_cut_or_on_the_threads() {
    let (a, b) = (random((300, 300), 1).mapv(|x| x as f32), random((300, 300), 2).mapv(|x| x as f32));
    let threads = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    let one = threads(1).install(|| product(a.view(), b.view()));
    assert_eq!(one, threads(2).install(|| product(a.view(), b.view())));
    assert_eq!(one.row(7), product(a.slice(ndarray::s![7..8, ..]), b.view()).row(0));
    let mut c = Array2::zeros((300, 300));
    multiply_add(a.view(), b.view(), c.view_mut());
    assert_eq!(one, c);
}

#[test]
#[should_panic(expected = "a product of shapes (2, 3) and (4, 5)")]
fn shapes_that_do_not_fit_are_named() {
    product(random((2, 3), 1).view(), random((4, 5), 2).view());
}
