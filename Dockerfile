# Build: everything is installed into one folder, which the second stage takes over.
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY ranking ranking
COPY service service
COPY seeds seeds
RUN python -m venv /opt/signalfeed \
 && /opt/signalfeed/bin/pip install --no-cache-dir --constraint constraints.txt .

# Run: as nobody in particular, with one folder to write to.
FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin signalfeed \
 && install --directory --owner=signalfeed --mode=0700 /data
COPY --from=build /opt/signalfeed /opt/signalfeed
ENV PATH=/opt/signalfeed/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SIGNALFEED_DATA_DIR=/data \
    SIGNALFEED_HOST=0.0.0.0
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=5 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["signalfeed"]
CMD ["serve"]
