# Easel in a container. Built in two stages: pip and its downloads stay in the first.
# https://docs.docker.com/build/building/best-practices/
ARG PYTHON=3.11
ARG DEBIAN=bookworm

FROM python:${PYTHON}-slim-${DEBIAN} AS build
WORKDIR /src
RUN python -m venv /opt/easel
# The dependencies first: this layer is built anew only when the lock changes. Ready-made wheels only: slim has no compiler.
COPY requirements.lock ./
RUN /opt/easel/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary=:all: --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE easel.toml ./
COPY bots ./bots
COPY core ./core
COPY webhooks ./webhooks
RUN /opt/easel/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:${PYTHON}-slim-${DEBIAN}
LABEL org.opencontainers.image.title="Easel" org.opencontainers.image.licenses="Apache-2.0"
# A fixed number, so that a folder of the host can be given to it. A new volume takes its owner from /data here.
RUN groupadd --gid 10001 easel \
    && useradd --uid 10001 --gid easel --no-create-home --home-dir /data --shell /usr/sbin/nologin easel \
    && install --directory --owner easel --group easel --mode 0750 /data
COPY --from=build /opt/easel /opt/easel
# Listening on every address of the container; what is published is decided outside. The root may be read-only:
# Easel writes to /data and the heartbeat to /tmp.
ENV PATH=/opt/easel/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    HEARTBEAT_FILE=/tmp/easel.alive \
    HOST=0.0.0.0 \
    PORT=8000
WORKDIR /data
VOLUME /data
EXPOSE 8000
USER 10001:10001
STOPSIGNAL SIGTERM
# The file is touched every 5 s while the process works and its database answers (bots/heartbeat.py).
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["sh", "-c", "test -n \"$(find \"$HEARTBEAT_FILE\" -mmin -0.5)\""]
ENTRYPOINT ["easel"]
CMD ["run", "all"]
