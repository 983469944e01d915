"""A Lambda Runtime API for one function: it hands out events and takes results, as Lambda does."""

import http.server
import json
import queue
import subprocess
import threading
import time


class Function:
    """A function's program under its Runtime API, with the given environment and no other."""

    def __init__(self, name, program, environment, log):
        self.name, self.log = name, log
        self.events, self.results = queue.Queue(), queue.Queue()
        events, results = self.events, self.results

        class Api(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = events.get()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "1")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 55_000))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:1:function:f")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                results.put((self.path.rsplit("/", 1)[1], json.loads(body or "null")))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        own = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": name, "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        }
        with open(log, "wb") as output:
            self.process = subprocess.Popen([program], env={**environment, **own}, stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=subprocess.STDOUT)

    def __call__(self, event):
        """Invokes the function with an event: bytes as they are, or anything that is JSON."""
        self.events.put(event if isinstance(event, bytes) else json.dumps(event).encode())
        for _ in range(120):
            try:
                kind, result = self.results.get(timeout=1)
                break
            except queue.Empty:
                if self.process.poll() is not None:
                    raise SystemExit(f"the {self.name} ended with {self.process.returncode}")
        else:
            raise SystemExit(f"the {self.name} gave no answer in two minutes")
        if kind != "response":
            raise SystemExit(f"the {self.name} answered {kind}: {result}")
        return result

    def lines(self):
        """What it has logged, as JSON."""
        with open(self.log, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.startswith("{")]

    def end(self):
        self.process.kill()
        self.process.wait()
        self.server.shutdown()
        self.server.server_close()
