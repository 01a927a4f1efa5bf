#!/bin/sh
# Remove what can be made again: scripts/clean.sh VENV VENV_NEXT DEMO_WORKSPACE, as `make clean` does. Other
# workspaces are never touched; the demo workspace goes unasked only while nobody has decided anything in it.
set -eu
cd "$(dirname "$0")/.."

# An environment may have been given a path of its own: only what is an environment goes.
for venv in "$1" "$2"; do
    if [ -f "$venv/pyvenv.cfg" ]; then rm -rf "$venv"; fi
done
rm -rf .pytest_cache .ruff_cache .hypothesis site build dist ./*.egg-info
rm -rf dbt_project/target dbt_project/logs dbt_project/dbt_packages logs
find . -name __pycache__ -type d -not -path "./workspaces/*" -prune -exec rm -rf {} +

demo=$3
[ -d "$demo" ] || exit 0
if [ -e "$demo/decisions.db" ]; then
    answer=no
    if [ -t 0 ]; then
        printf '%s holds decisions (decisions.db). Remove it as well? [y/N] ' "$demo"
        read -r answer || answer=no
    fi
    case $answer in
        y | Y | yes) ;;
        *) echo "$demo stays: decisions are in it. To remove it: rm -r $demo"; exit 0 ;;
    esac
fi
rm -rf "$demo"
