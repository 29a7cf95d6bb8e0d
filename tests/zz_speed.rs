use fabula::{autograd::*, math::rng, train::*};
use ndarray::*;
use ndarray_rand::{RandomExt, rand_distr::Uniform};
use std::time::Instant;
fn best(mut f: impl FnMut()) -> (f64, f64) {
    let mut t: Vec<f64> = (0..40)
        .map(|_| {
            let s = Instant::now();
            f();
            s.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    t.sort_by(f64::total_cmp);
    (t[0], t[20])
}
#[test]
fn speed() {
    for threads in [1, 2] {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| ());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for (n, v) in [(2048, 65), (400, 10000)] {
            pool.install(|| {
                let x = Var::parameter(Array::random_using((n, v), Uniform::new(-3f32, 3.0).unwrap(), &mut rng(1)));
                let y: Vec<u32> = (0..n).map(|i| (i * 7 % v) as u32).collect();
                println!(
                    "{threads} threads, forward {n}x{v}: {:?} ms",
                    best(|| {
                        std::hint::black_box(no_grad(|| x.cross_entropy(&y)));
                    })
                );
                println!(
                    "{threads} threads, both {n}x{v}: {:?} ms",
                    best(|| {
                        x.zero_grad();
                        x.cross_entropy(&y).backward();
                    })
                );
            });
        }
        for n in [330_000, 2_000_000] {
            pool.install(|| {
                let w = Var::parameter(Array::random_using(n, Uniform::new(-3f32, 3.0).unwrap(), &mut rng(1)));
                w.add_grad(|| Array::from_elem(n, 0.01f32));
                let p: Parameters = vec![("w".into(), w)];
                let mut adam = Adam::default();
                println!("{threads} threads, adam {n}: {:?} ms", best(|| adam.step(&p, 1e-3)));
                println!(
                    "{threads} threads, clip {n} (norm only): {:?} ms",
                    best(|| {
                        clip_by_norm(&p, 1e9).unwrap();
                    })
                );
                println!(
                    "{threads} threads, clip {n}: {:?} ms",
                    best(|| {
                        clip_by_norm(&p, 1e-3).unwrap();
                        p[0].1.with_grad(|g| g.unwrap().fill(0.01));
                    })
                );
            });
        }
    }
}
