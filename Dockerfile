# One image for everything Moiety runs: `moiety serve agreements|relay|ledger|notifications|feeds|gate`, `moiety migrate`, and the rest.
# It holds no secret and no setting: both come from the environment and from files (see docs/operations.md).

# Pin it by digest in your own registry: a tag can be pushed again, a digest cannot.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/moiety
WORKDIR /build
# The dependencies first: they change more rarely than the code, so their layer is usually there already.
COPY requirements-image.lock ./
RUN /opt/moiety/bin/python -m pip install --require-hashes --only-binary :all: --requirement requirements-image.lock
# The build backend comes from the development lock, by hash as well: nothing is resolved while an image is built.
COPY requirements.lock ./
RUN python -m venv /opt/backend \
    && sed -n '/^\(hatchling\|packaging\|pathspec\|pluggy\|tomli\|tomlkit\|trove-classifiers\)==/,/[^\\]$/p' requirements.lock > backend.lock \
    && /opt/backend/bin/python -m pip install --require-hashes --only-binary :all: --requirement backend.lock
COPY pyproject.toml README.md LICENSE ./
COPY shared ./shared
COPY services ./services
RUN /opt/backend/bin/hatchling build -t wheel \
    && /opt/moiety/bin/python -m pip install --no-deps --no-index dist/*.whl \
    && /opt/moiety/bin/python -m pip uninstall --yes pip \
    && /opt/moiety/bin/python -m compileall -q /opt/moiety/lib

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Moiety" \
      org.opencontainers.image.description="Joint intellectual property, from contract to proven ownership" \
      org.opencontainers.image.licenses="Apache-2.0"
# A fixed number, so that files can be given to it from outside; no home, no shell, nothing it may write but the place
# where a ledger keeps what it signed last (a volume that is mounted there the first time gets its owner from here).
RUN groupadd --system --gid 10001 moiety \
    && useradd --system --uid 10001 --gid moiety --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin moiety \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/moiety
COPY --from=build /opt/moiety /opt/moiety
ENV PATH=/opt/moiety/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MOIETY_HTTP_HOST=0.0.0.0 \
    MOIETY_HTTP_PORT=8000
USER 10001:10001
WORKDIR /opt/moiety
EXPOSE 8000 8411 8412 8413
STOPSIGNAL SIGTERM
# Live means: this process answers. Whether requests should come is /health/ready, for whatever balances them.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['MOIETY_HTTP_PORT']}/health/live\", timeout=2)"]
ENTRYPOINT ["moiety"]
CMD ["--help"]
