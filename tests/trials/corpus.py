"""The shared corpus, where this machine has it: ../shared beside the repository, or the folder in GHOSTPORT_SHARED."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77


def shared_file(path):
    source = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
    shared = pathlib.Path(os.environ.get("GHOSTPORT_SHARED", source.parent / "shared"))
    if not (shared / path).is_file():
        skip(f"the shared corpus is not here: {path}")
    return shared / path


@contextlib.contextmanager
def unpacked(archive, *members):
    """A folder with an archive's members (all of them where none is named), which goes at the end."""
    path = shared_file(pathlib.Path("corpus", archive))
    if shutil.which("zstd") is None:
        skip("Debian's package zstd is not installed")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["tar", "--extract", "--zstd", "--file", path, "--directory", folder, *members], check=True)
        yield pathlib.Path(folder)


def skip(why):
    print(why)
    sys.exit(SKIPPED)
