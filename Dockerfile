# Safelight in a container. It writes to /data alone, so it runs with a read-only root:
#
#     docker build -t safelight .
#     docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#         -v safelight:/data -p 127.0.0.1:8000:8000 safelight
#
# What reaches a container comes from another address than loopback, and Safelight takes no
# credential from there over plain HTTP. Put a proxy that ends TLS in front, and name it:
# -e SAFELIGHT_SERVER__TRUSTED_PROXIES='["172.17.0.0/16"]'

FROM python:3.13-slim-bookworm AS build
WORKDIR /build
RUN python -m venv --without-pip /opt/safelight
COPY requirements/build.txt requirements/runtime.txt requirements/
# The build's own packages go beside the program's, are used once, and are not copied on.
RUN python -m venv --without-pip /opt/build \
    && pip --python /opt/build/bin/python install --no-cache-dir --require-hashes \
        -r requirements/build.txt \
    && pip --python /opt/build/bin/python wheel --no-cache-dir --no-deps --no-build-isolation \
        --require-hashes -r requirements/runtime.txt --wheel-dir /wheels
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip --python /opt/build/bin/python wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && pip --python /opt/safelight/bin/python install --no-cache-dir --no-index --no-deps \
        /wheels/*.whl \
    && /opt/safelight/bin/python -m compileall -q /opt/safelight/lib

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="Safelight" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/safelight /opt/safelight
RUN install -d -o 10001 -g 10001 -m 0700 /data
ENV PATH=/opt/safelight/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# A number, not a name: an orchestrator can then see that it is not root.
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["safelight"]
CMD ["serve", "--data", "/data", "--host", "0.0.0.0", "--port", "8000"]
