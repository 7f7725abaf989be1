"""Pycent as a client of the benchmark: see src/clients/protocol.ts. The argument is `sync` or `async`."""

import asyncio
import gc
import json
import os
import platform
import resource
import sys
import time
from importlib.metadata import version

from cent import AsyncClient, BatchRequest, BroadcastRequest, Client, HistoryRequest, PublishRequest


def request_of(job, i):
    refused = job["failEvery"] > 0 and i % job["failEvery"] == job["failEvery"] - 1
    channel = f"nowhere:{i}" if refused else f"{job['prefix']}{i % job['channels']}"
    return PublishRequest(channel=channel, data={"hello": "world", "n": i})


def batches_of(job):
    for start in range(0, job["count"], job["batchSize"]):
        stop = min(start + job["batchSize"], job["count"])
        yield BatchRequest(requests=[request_of(job, i) for i in range(start, stop)])


def broadcast_of(job):
    channels = [request_of(job, i).channel for i in range(job["count"])]
    return BroadcastRequest(channels=channels, data={"hello": "world"})


def history_of(job):
    return HistoryRequest(channel=job["prefix"], limit=-1)


def count(responses):
    failed = sum(response.error is not None for response in responses)
    return len(responses) - failed, failed


class Sync:
    def __init__(self, url, key):
        self.client = Client(url, key, timeout=60)

    def prepare(self, job):
        prepared = broadcast_of(job) if job["work"] == "broadcast" else None
        if job["concurrency"] > 1:
            raise ValueError("it makes one call at a time")
        return lambda: getattr(self, job["work"])(job, prepared)

    def publish(self, job, _):
        for i in range(job["count"]):
            self.client.publish(request_of(job, i))
        return job["count"], 0

    def batch(self, job, _):
        return sum(len(self.client.batch(batch).replies) for batch in batches_of(job)), 0

    def broadcast(self, _, request):
        return count(self.client.broadcast(request).responses)

    def history(self, job, _):
        return len(self.client.history(history_of(job)).publications), 0


class Async:
    def __init__(self, url, key):
        self.loop = asyncio.new_event_loop()
        self.client = self.loop.run_until_complete(self.connect(url, key))

    async def connect(self, url, key):
        # Its session wants a running loop.
        return AsyncClient(url, key, timeout=60)

    def prepare(self, job):
        # The loop stands still between jobs: only now does it learn that a server has closed its sockets.
        self.loop.run_until_complete(asyncio.sleep(0.01))
        prepared = broadcast_of(job) if job["work"] == "broadcast" else None
        return lambda: self.loop.run_until_complete(getattr(self, job["work"])(job, prepared))

    async def concurrently(self, job, tasks, send):
        """Sends in order, with up to `concurrency` in flight; `send` returns the number of results it has read."""
        tasks = iter(tasks)
        done = 0

        async def worker():
            nonlocal done
            for task in tasks:
                results = await send(task)
                done += results

        await asyncio.gather(*(worker() for _ in range(job["concurrency"])))
        return done, 0

    async def publish(self, job, _):
        async def send(request):
            await self.client.publish(request)
            return 1

        return await self.concurrently(job, (request_of(job, i) for i in range(job["count"])), send)

    async def batch(self, job, _):
        async def send(request):
            return len((await self.client.batch(request)).replies)

        return await self.concurrently(job, batches_of(job), send)

    async def broadcast(self, _, request):
        return count((await self.client.broadcast(request)).responses)

    async def history(self, job, _):
        return len((await self.client.history(history_of(job))).publications), 0


def carry_out(client, job):
    run = client.prepare(job)
    gc.collect()
    cpu = time.process_time()
    start = time.perf_counter()
    succeeded, failed = run()
    elapsed = time.perf_counter() - start
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return {
        "millis": elapsed * 1000,
        "cpuMillis": (time.process_time() - cpu) * 1000,
        "peakRssMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
        "succeeded": succeeded,
        "failed": failed,
    }


def write(line):
    print(json.dumps(line), flush=True)


make = {"sync": Sync, "async": Async}[sys.argv[1]]
client = make(os.environ["BENCH_API_URL"], os.environ["BENCH_API_KEY"])
names = ("cent", "requests", "aiohttp", "pydantic")
write({"versions": {"python": platform.python_version(), **{name: version(name) for name in names}}})
for line in sys.stdin:
    try:
        write(carry_out(client, json.loads(line)))
    except Exception as error:
        write({"error": f"{type(error).__name__}: {error}"})
