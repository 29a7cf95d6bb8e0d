//! Single operations.

use crate::fixture::{array, equal, numbers, read};
use serde_json::Value;

macro_rules! operations {
    ($test:ident, $float:ty) => {
        #[test]
        fn $test() {
            type Var = fabula::autograd::Var<$float>;

            fn apply(case: &Value, x: &[Var]) -> Var {
                let argument = |name: &str| case["arguments"][name].as_u64().expect("a number") as usize;
                match case["op"].as_str().expect("a name") {
                    "matmul" => x[0].matmul(&x[1]),
                    "add" => &x[0] + &x[1],
                    "sub" => &x[0] - &x[1],
                    "mul" => &x[0] * &x[1],
                    "div" => &x[0] / &x[1],
                    "neg" => -&x[0],
                    "tanh" => x[0].tanh(),
                    "sigmoid" => x[0].sigmoid(),
                    "exp" => x[0].exp(),
                    "relu" => x[0].relu(),
                    "gelu" => (&x[0] * 3.0).gelu(),
                    "gelu_tanh" => (&x[0] * 3.0).gelu_tanh(),
                    "ln" => x[0].ln(),
                    "sqrt" => x[0].sqrt(),
                    "powf" => x[0].powf(case["arguments"]["exponent"].as_f64().expect("a number") as $float),
                    "sum" => x[0].sum(),
                    "mean" => x[0].mean(),
                    "sum_axis" => x[0].sum_axis(argument("axis")),
                    "mean_axis" => x[0].mean_axis(argument("axis")),
                    "max_axis" => x[0].max_axis(argument("axis")),
                    "concatenate" => fabula::autograd::concat(&x.iter().collect::<Vec<_>>(), argument("axis")),
                    "slice" => x[0].slice(argument("axis"), argument("start"), argument("end")),
                    "transpose" => {
                        let mut order: Vec<usize> = (0..x[0].shape().len()).collect();
                        let last = order.len() - 1;
                        order.swap(last - 1, last);
                        x[0].permute(&order)
                    }
                    "reshape" => x[0].reshape(&numbers(&case["arguments"]["shape"])),
                    "softmax" => x[0].softmax(),
                    "log_softmax" => x[0].log_softmax(),
                    other => panic!("no operation {other}"),
                }
            }

            let cases = read("operations");
            assert!(cases.len() > 50);
            for case in &cases {
                let name = case["op"].as_str().expect("a name");
                let inputs: Vec<Var> =
                    case["inputs"].as_array().expect("inputs").iter().map(|x| Var::leaf(array(x), true)).collect();
                let y = apply(case, &inputs);
                // PyTorch drops an axis that was summed over; here it stays, with size 1.
                let expected = array::<$float>(&case["output"]);
                let y = y.reshape(expected.shape());
                equal(name, &y.value().to_owned(), &case["output"]);
                y.backward_from(array(&case["dy"]));
                for (input, gradient) in inputs.iter().zip(case["grads"].as_array().expect("gradients")) {
                    equal(&format!("d {name}"), &input.grad().expect("a gradient"), gradient);
                }
            }
        }
    };
}

operations!(operations_in_f64, f64);
operations!(operations_in_f32, f32);
