"""What `benchmarks.compare_dlt` runs in the environment that has dlt: merges the files it is given, tells how it went.

It imports nothing of ours and is read by that interpreter as a script: ``python dlt_merge.py FILE FOLDER``.
"""

import json
import resource
import sys
import time
from pathlib import Path

import dlt
import duckdb
import pyarrow.csv

STATE = "select rma_id, status, cast(refund_amount as varchar) from exports.cases order by all"
TEXT = ("rma_id", "rma_no", "order_id")  # dlt types what the reader typed: left alone, 007 would be the number 7
# Of the large file all is text: the reader guesses types by the first block, and raises at the first `1.5` among
# integers or `n/a` among amounts.
ALL_TEXT = (*TEXT, "source_seq", "refund_amount", "return_freight", "applied_at", "refunded_at", "updated_at")


def blocks(path, text):
    options = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(text, "string"))
    parse = pyarrow.csv.ParseOptions(newlines_in_values=True)
    with pyarrow.csv.open_csv(path, convert_options=options, parse_options=parse) as reader:
        for batch in reader:
            yield pyarrow.Table.from_batches([batch])


def pipeline_into(name):
    # Its state stays in the working folder: one in the home folder would be taken up by the next run.
    destination = dlt.destinations.duckdb(f"{name}.duckdb")
    return dlt.pipeline(name, destination=destination, dataset_name="exports", pipelines_dir="pipelines")


def merge(pipeline, path, text):
    merging = {"disposition": "merge", "strategy": "delete-insert"}
    hints = {"updated_at": {"dedup_sort": "desc"}}
    resource_ = dlt.resource(
        blocks(path, text), name="cases", primary_key="rma_id", write_disposition=merging, columns=hints
    )
    return pipeline.run(resource_)


def attempt(pipeline, path):
    try:
        merge(pipeline, path, TEXT)
        said = "loaded"
    except Exception as error:
        said = "raised: " + " ".join(str(error).split())[-300:]
        pipeline.abort_packages()
    with duckdb.connect("steps.duckdb") as connection:
        columns = [name for name, *_ in connection.execute("describe exports.cases").fetchall()]
        own = [name for name in columns if not name.startswith("_dlt")]
        return f"{said}; {len(own)} columns; table: {connection.execute(STATE).fetchall()}"


def run():
    file, steps = Path(sys.argv[1]), Path(sys.argv[2])
    began = time.perf_counter()
    pipeline = pipeline_into("load")
    try:
        merge(pipeline, file, ALL_TEXT)
        became = "loaded"
    except Exception as error:
        became = "raised: " + " ".join(str(error).split())[-300:]
        pipeline.abort_packages()
    wall = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    of_steps = pipeline_into("steps")
    result = {
        "version": dlt.__version__,
        "wall": wall,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss / 1024**2,
        "became": became,
        "stored": 0,
        "steps": [attempt(of_steps, path) for path in sorted(steps.iterdir(), key=lambda path: path.name)],
    }
    if Path("load.duckdb").exists():
        with duckdb.connect("load.duckdb") as connection:
            result["stored"] = connection.execute("select count(*) from exports.cases").fetchone()[0]
    print(json.dumps(result))


if __name__ == "__main__":
    run()
