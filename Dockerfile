# The Dovetail service. On PyPI torch for Linux is the CUDA build (about 5 GB); TORCH_INDEX names where another comes from, by default
# the CPU builds of torch's publisher.
FROM python:3.11-slim

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

WORKDIR /srv/dovetail
COPY constraints.txt ./
RUN pip install --no-cache-dir "$(grep '^torch==' constraints.txt)" --index-url "$TORCH_INDEX"
COPY pyproject.toml README.md LICENSE ./
COPY graph graph
COPY ingest ingest
COPY matcher matcher
COPY desk desk
COPY leads leads
COPY api api
COPY examples examples
RUN pip install --no-cache-dir -c constraints.txt . \
    && useradd --create-home --uid 10001 dovetail \
    && mkdir /cache \
    && chown dovetail /cache
USER dovetail
# it listens inside the container only, until it is started with DOVETAIL_HOST=0.0.0.0 and DOVETAIL_BEHIND_PROXY=true, as docker-compose.yml
# does, which publishes the port to this machine alone
ENV DOVETAIL_CACHE=/cache PYTHONUNBUFFERED=1
VOLUME /cache
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
ENTRYPOINT ["dovetail"]
CMD ["serve"]
