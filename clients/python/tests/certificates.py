"""A certificate for 127.0.0.1 that no authority of the system knows."""

from __future__ import annotations

import pathlib
import ssl
import subprocess
import tempfile


class OwnCertificate:
    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory()
        home = pathlib.Path(self._directory.name)
        self._certificate, self._key = str(home / "certificate.pem"), str(home / "key.pem")
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        command += ["-keyout", self._key, "-out", self._certificate, "-days", "2", "-subj", "/CN=test"]
        command += ["-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run(command, check=True, capture_output=True)

    def for_the_server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate, self._key)
        return context

    def for_clients(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._certificate)

    def remove(self) -> None:
        self._directory.cleanup()
