//! The course command: opens the course, executes it, looks after it, and fits its models to the reader's own text.

mod bench;
mod client;
mod compare;
mod course;
mod doctor;
mod fit;
mod generate;
#[cfg(test)]
mod kernel_tests;
mod lab;
mod notebook;
mod pair_model;
mod run;
mod saved;
mod setup;
mod threads;
mod translate;
mod understudy;

use clap::{Parser, Subcommand};

/// fabula, a course on language models: notebooks with a Rust kernel.
///
/// Without a verb it opens the course in JupyterLab, and first sets up whatever is missing.
#[derive(Parser)]
#[command(name = "fabula", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    lab: lab::LabArgs,
}

#[derive(Subcommand)]
enum Verb {
    /// Open the course in JupyterLab (what happens without a verb, too)
    Lab(lab::LabArgs),
    /// Execute chapters without a browser and write their outputs into the notebooks
    Run(run::RunArgs),
    /// Turn a notebook that was edited in Jupyter back into its Markdown source
    Source(run::SourceArgs),
    /// Say what the course needs, what is missing, and the command that mends it
    Doctor,
    /// Fit a model of the course to your own text and score it
    Fit(fit::FitArgs),
    /// Fit every kind of language model to your own text, each for as long, and compare them
    Compare(compare::CompareArgs),
    /// Draw text from a model that `fit --save` has written
    Generate(generate::GenerateArgs),
    /// Translate texts with a model that `fit seq2seq --save` has written
    Translate(translate::TranslateArgs),
    /// Measure the course on this machine beside its peers
    Bench(bench::BenchArgs),
}

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let result = match cli.verb {
        None => lab::run(cli.lab),
        Some(Verb::Lab(args)) => lab::run(args),
        Some(Verb::Run(args)) => run::run(args),
        Some(Verb::Source(args)) => run::source(args),
        Some(Verb::Doctor) => doctor::run(),
        Some(Verb::Fit(args)) => fit::run(args),
        Some(Verb::Compare(args)) => compare::run(&args),
        Some(Verb::Generate(args)) => generate::run(args),
        Some(Verb::Translate(args)) => translate::run(&args),
        Some(Verb::Bench(args)) => bench::run(args),
    };
    match result {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nfabula: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
