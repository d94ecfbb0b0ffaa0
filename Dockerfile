# Easel in one image: every part is a command, `easel run web`, `easel run worker`, `easel run scheduler` ...
# Stage 1 makes the virtual environment from the locked, hashed requirements; stage 2 has that and nothing else.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/easel
COPY requirements.lock ./
RUN /opt/easel/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE easel.toml ./
COPY bots ./bots
COPY core ./core
COPY webhooks ./webhooks
RUN /opt/easel/bin/pip install --no-deps --no-build-isolation . \
    && find /opt/easel -name __pycache__ -prune -exec rm -rf {} +

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Easel" org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 easel \
    && useradd --uid 10001 --gid easel --no-create-home --shell /usr/sbin/nologin easel \
    && mkdir /data && chown easel:easel /data
COPY --from=build /opt/easel /opt/easel
ENV PATH=/opt/easel/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    HEARTBEAT_FILE=/tmp/easel.alive
USER easel
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# Each part touches the file every few seconds from the loop that does its work: one that hangs stops doing so.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["sh", "-c", "test -n \"$(find /tmp/easel.alive -newermt '-30 seconds')\""]
ENTRYPOINT ["easel"]
CMD ["run"]
