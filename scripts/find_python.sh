# Sourced by the scripts beside it: sets `here` and `python`, or ends with the mend.
# Each candidate is run, since a version manager's stand-in can be on PATH without its Python.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
python=
for candidate in python3.13 python3.12 python3.11 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    found=$(python3 --version 2>/dev/null || echo "no python3")
    echo "Parley needs Python 3.11 or newer, and this machine offers $found: install one (on Debian or Ubuntu: apt install python3 python3-venv) and run this again." >&2
    exit 1
fi
