"""A revision of the repository as files of their own. The only caller of git, which is asked and changes nothing."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from loader.errors import ConfigurationError, UsageError

_DOING = "looking for the revision to compare with"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A commit.

    Attributes:
        name: as it was asked for.
        commit: its full id.
    """

    name: str
    commit: str

    def __str__(self) -> str:
        return self.name if self.commit.startswith(self.name) else f"{self.name} ({self.commit[:7]})"


def find_revision(root: Path, name: str) -> Revision:
    """Return the commit that a name stands for: a branch, a tag, an id, `HEAD~1`.

    Raises:
        UsageError: the repository has no such commit.
        ConfigurationError: there is no git, or the project is in no repository.
    """
    if not name.strip():
        raise UsageError(
            "--against names no revision",
            doing="reading the command line",
            remedy="Name one: --against main.",
        )
    inside = _git(root, "rev-parse", "--is-inside-work-tree")
    if inside.returncode != 0:
        raise ConfigurationError(
            f"{root} is in no git repository that this user may read: {_says(inside)}",
            doing=_DOING,
            remedy="Work in a clone of the repository; a copy of its files has no other revision.",
        )
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if found.returncode != 0:
        raise UsageError(
            f"the repository has no revision {name[:80]!r}",
            doing=_DOING,
            remedy="Name a branch, a tag or a commit, `git log` lists them; `git fetch` brings those of others.",
        )
    return Revision(name=name, commit=found.stdout.decode().strip())


def export_project(root: Path, revision: Revision, folder: Path) -> Path:
    """Write the files of the dbt project in `root` as they were at a revision into `folder`, and return it.

    `git archive` rather than a work tree: nothing is left behind in the repository, and no hook runs. What is in
    submodules is not in it.

    Raises:
        ConfigurationError: the revision holds no dbt project there.
    """
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    packed = _git(root, "archive", "--format=tar", f"--output={archive}", revision.commit)
    if packed.returncode == 0:
        with tarfile.open(archive) as files:
            files.extractall(folder, filter="data")
    archive.unlink(missing_ok=True)
    if not (folder / "dbt_project.yml").is_file():
        raise ConfigurationError(
            f"{revision} holds no dbt_project.yml" + (f": {_says(packed)}" if packed.returncode else ""),
            doing=_DOING,
            remedy="Name a revision that has the project in the same folder.",
        )
    return folder


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("git")
    if program is None:
        raise ConfigurationError(
            "git is not installed, or not on the path", doing=_DOING, remedy="Install git, and try again."
        )
    # No shell, and names come behind --end-of-options or as ids that git gave.
    return subprocess.run([program, *arguments], cwd=root, capture_output=True, check=False)  # noqa: S603


def _says(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[0][:200] if lines else "git says nothing"
