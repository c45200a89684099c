# The worker and all commands of churnstream. Build: docker build -t churnstream:0.1.0 .

FROM python:3.11.13-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/churnstream
# The locked dependencies first: this layer is kept while only the code changes.
COPY requirements/runtime.txt requirements/
RUN /opt/churnstream/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY detectors detectors
COPY streams streams
RUN /opt/churnstream/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11.13-slim-bookworm
LABEL org.opencontainers.image.title="churnstream" \
      org.opencontainers.image.description="Event-driven streaming churn detector on Kafka" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 churnstream \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin churnstream \
 && install --directory --owner=10001 --group=10001 /var/lib/churnstream
COPY --from=build /opt/churnstream /opt/churnstream
ENV PATH=/opt/churnstream/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CHURNSTREAM_DATA_DIR=/var/lib/churnstream \
    CHURNSTREAM_METRICS_HOST=0.0.0.0 \
    CHURNSTREAM_METRICS_PORT=9464
USER 10001:10001
WORKDIR /var/lib/churnstream
VOLUME /var/lib/churnstream
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['CHURNSTREAM_METRICS_PORT'] + '/health/ready', timeout=4)"]
ENTRYPOINT ["churnstream"]
CMD ["worker"]
