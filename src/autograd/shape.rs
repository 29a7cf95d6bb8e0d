//! The same numbers in another shape, parts of a value, and values put together.

use super::{Var, for_f32_and_f64, row_by_row};
use crate::math::{Real, add_rows};
use ndarray::{Axis, Slice, concatenate};

for_f32_and_f64! {
    impl Var<F> {
        /// The same numbers, row by row, in another shape.
        ///
        /// # Panics
        /// If the shape holds more or fewer numbers.
        pub fn reshape(&self, shape: &[usize]) -> Var<F> {
            let value = self.value();
            let old = value.shape().to_vec();
            assert!(
                value.len() == shape.iter().product::<usize>(),
                "a value of shape {old:?} cannot have the shape {shape:?}: it has {} numbers",
                value.len()
            );
            let value = row_by_row(value).into_shape_with_order(shape).expect("as many numbers");
            Var::node(value, [self], move |dy, [x]| {
                x.add_grad(|| {
                    let dy = row_by_row(dy.into_shared()).into_shape_with_order(old.as_slice()).expect("as many numbers");
                    dy.into_owned()
                });
            })
        }

        /// The axes in another order: axis i of the result is axis `order[i]` of the value.
        pub fn permute(&self, order: &[usize]) -> Var<F> {
            let mut back = vec![0; order.len()];
            order.iter().enumerate().for_each(|(i, &axis)| back[axis] = i);
            Var::node(self.value().permuted_axes(order), [self], move |dy, [x]| {
                x.add_grad(|| dy.permuted_axes(back.as_slice()));
            })
        }

        /// The transpose of a matrix.
        pub fn t(&self) -> Var<F> {
            self.permute(&[1, 0])
        }

        /// The part from `start` to before `end` along an axis.
        pub fn slice(&self, axis: usize, start: usize, end: usize) -> Var<F> {
            let shape = self.shape();
            assert!(start <= end && end <= shape[axis], "{start}..{end} of axis {axis} of a value of shape {shape:?}");
            let part = Slice::from(start..end);
            let value = self.value().slice_axis(Axis(axis), part).to_owned();
            Var::node(value, [self], move |dy, [x]| {
                x.add_grad_in_place(|dx| {
                    let mut part = dx.slice_axis_mut(Axis(axis), part);
                    part += &dy;
                });
            })
        }

        /// The part at one place of an axis, without that axis.
        pub fn at(&self, axis: usize, index: usize) -> Var<F> {
            let mut shape = self.shape();
            let part = self.slice(axis, index, index + 1);
            shape.remove(axis);
            part.reshape(&shape)
        }

        /// The rows of a matrix with these numbers, one after the other; a row may come more than once.
        ///
        /// Shapes: (V, E) → (number of ids, E). Going back touches the rows that were used, and no other.
        ///
        /// # Panics
        /// If a number is V or more.
        pub fn rows(&self, ids: &[u32]) -> Var<F> {
            let (value, ids) = (self.value(), ids.to_vec());
            let size = value.shape()[0];
            if let Some(id) = ids.iter().find(|&&id| id as usize >= size) {
                panic!("row {id} of a matrix of {size} rows: ids must lie below {size}");
            }
            let places: Vec<usize> = ids.iter().map(|&id| id as usize).collect();
            Var::node(value.select(Axis(0), &places), [self], move |dy, [x]| {
                let dy = dy.view().into_dimensionality().expect("a matrix");
                x.add_grad_in_place(|dx| add_rows(dy, &ids, dx.view_mut().into_dimensionality().expect("a matrix")));
            })
        }
    }
}

/// Values one behind the other along an axis.
///
/// # Panics
/// If their other axes differ, or there is none.
pub fn concat<F: Real>(parts: &[&Var<F>], axis: usize) -> Var<F> {
    let values: Vec<_> = parts.iter().map(|part| part.value()).collect();
    let views: Vec<_> = values.iter().map(|value| value.view()).collect();
    let shapes: Vec<_> = values.iter().map(|value| value.shape()).collect();
    let all = concatenate(Axis(axis), &views)
        .unwrap_or_else(|_| panic!("concat of shapes {shapes:?} along axis {axis}: the other axes must be equal"));
    Var::node_of(all.into_shared(), parts, move |dy, parts| {
        let mut start = 0;
        for part in parts {
            let end = start + part.node.value.borrow().shape()[axis];
            part.add_grad(|| dy.slice_axis(Axis(axis), Slice::from(start..end)).to_owned());
            start = end;
        }
    })
}

/// Values of one shape side by side along a new axis.
///
/// # Panics
/// If their shapes differ, or there is none.
pub fn stack<F: Real>(parts: &[&Var<F>], axis: usize) -> Var<F> {
    let values: Vec<_> = parts.iter().map(|part| part.value()).collect();
    let views: Vec<_> = values.iter().map(|value| value.view()).collect();
    let shapes: Vec<_> = values.iter().map(|value| value.shape()).collect();
    let all =
        ndarray::stack(Axis(axis), &views).unwrap_or_else(|_| panic!("stack of shapes {shapes:?}: all must be equal"));
    Var::node_of(all.into_shared(), parts, move |dy, parts| {
        for (i, part) in parts.iter().enumerate() {
            part.add_grad(|| dy.index_axis(Axis(axis), i).to_owned());
        }
    })
}
