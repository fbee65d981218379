# Stage 1: the project as a wheel, and everything that it needs, pinned by constraints.txt.
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/majlis
COPY constraints.txt ./
COPY pyproject.toml README.md LICENSE hatch_build.py package.json package-lock.json ./
COPY server server
COPY rooms rooms
COPY hackathon hackathon
COPY static static
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
 && /opt/majlis/bin/pip install --no-cache-dir -c constraints.txt "$(ls /wheels/*.whl)[postgres]"

# Stage 2: only what runs, as a person without rights; the root file system may be read-only.
FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin majlis \
 && install --directory --owner=majlis --mode=0700 /data
COPY --from=build /opt/majlis /opt/majlis
ENV PATH=/opt/majlis/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MAJLIS_HOST=0.0.0.0 \
    MAJLIS_PORT=8023 \
    MAJLIS_DATA=/data
USER majlis
WORKDIR /data
VOLUME /data
EXPOSE 8023
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8023/healthz', timeout=2)"]
CMD ["majlis", "serve"]
