"""Writes the `*_pb2.py` and `.pyi` files from the `.proto` files beside it.

Run it after editing a `.proto` file, and commit what it writes:

    pip install "grpcio-tools==1.63.2"
    python -m interactive_graphs.protos.generate

The pin matters: code that protoc 5.26 writes (grpcio-tools 1.63) runs on every
protobuf from 5.26 on, while what a newer protoc writes refuses an older runtime.
`tests/protos/test_generated.py` checks, with whichever grpcio-tools is installed,
that the committed files hold the same descriptors.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def proto_files() -> list[str]:
    """Paths of all `.proto` files, relative to the root of the repository."""
    return sorted(str(path.relative_to(ROOT)) for path in HERE.glob("*.proto"))


def run_protoc(*arguments: str) -> None:
    """Runs protoc over all `.proto` files.

    Args:
        *arguments: Options that say what to write, such as `--python_out=DIR`.

    Raises:
        subprocess.CalledProcessError: protoc found an error.
    """
    command = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={ROOT}"]
    subprocess.run([*command, *arguments, *proto_files()], check=True)


def main() -> None:
    """Writes the generated files into the source tree."""
    run_protoc(f"--python_out={ROOT}", f"--pyi_out={ROOT}")


if __name__ == "__main__":
    main()
