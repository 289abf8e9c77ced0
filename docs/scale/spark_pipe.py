"""Converts a corpus of JSON lines on a Spark cluster: each partition is piped through the command.

    spark-submit spark_pipe.py INPUT OUTPUT [FIELD]

OUTPUT gets two directories: `messages` with the converted lines, and `rejects` with those that could not be converted,
each with its reason. Both together are checked to hold as many lines as INPUT does.
"""

import os
import shlex
import sys
import time

from pyspark import SparkContext, StorageLevel

# What marks a line of the rejects in the output of one partition: no line of JSON begins with it.
MARK = "\x1f"


def command(field):
    """The command, with its rejects in a file of its own that comes behind its output, marked.

    Its exit code is 1 where lines were rejected, which is no failure of the task. Any other is.
    """
    convert = f"legacy-completions convert --field {shlex.quote(field)}"
    return f"""
        rejects=$(mktemp) && trap 'rm -f "$rejects"' EXIT
        {convert} --rejects "$rejects"
        code=$?
        sed "s/^/{MARK}/" "$rejects"
        [ "$code" -le 1 ]
    """


def main(source, target, field="prompt"):
    spark = SparkContext.getOrCreate()
    started = time.monotonic()
    lines = spark.textFile(source)
    # A piped program sees no environment variables except these. Its report goes to the log of the executor.
    environment = {"PATH": os.environ["PATH"]}
    piped = lines.pipe("sh -c " + shlex.quote(command(field)), environment, checkCode=True)
    # Kept on disk, which has space for a large corpus, so that each line is converted once.
    piped.persist(StorageLevel.DISK_ONLY)
    converted = piped.filter(lambda line: not line.startswith(MARK))
    rejected = piped.filter(lambda line: line.startswith(MARK)).map(lambda line: line[1:])
    converted.saveAsTextFile(f"{target}/messages")
    rejected.saveAsTextFile(f"{target}/rejects")
    total = lines.filter(lambda line: line.strip() != "").count()
    counts = converted.count(), rejected.count()
    if sum(counts) != total:
        raise SystemExit(f"{total} lines were read, but {sum(counts)} written: do not use the output.")
    seconds = time.monotonic() - started
    print(f"{total} lines: {counts[0]} converted, {counts[1]} rejected, {seconds:.1f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
