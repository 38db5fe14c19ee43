//! `cargo xtask book`: builds the documentation with mdbook.

use anyhow::{Result, bail};

use crate::{process, tools, workspace};

/// Builds `docs/` into `target/book`, or says how to get mdbook.
pub(crate) fn run(install: bool) -> Result<()> {
    let installed = process::succeeds(process::command("mdbook").arg("--version"));
    if !installed {
        if !install {
            bail!(
                "mdbook is not installed: run `cargo xtask book --install`, \
                 or `cargo install --locked mdbook`"
            );
        }
        tools::install("mdbook")?;
    }
    let book = workspace::results("book")?;
    let mut mdbook = process::command("mdbook");
    process::run(mdbook.args(["build", "docs", "--dest-dir"]).arg(&book))?;
    println!("open target/book/index.html");
    Ok(())
}
