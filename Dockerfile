# syntax=docker/dockerfile:1
# Two stages: the first installs what the lock names, by hash; the second holds the result and nothing to build with.
FROM python:3.11.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
RUN python -m venv /opt/ioc
COPY requirements/run.txt requirements/build.txt requirements/
RUN /opt/ioc/bin/pip install --require-hashes --only-binary :all: -r requirements/run.txt
RUN python -m venv /opt/build && /opt/build/bin/pip install --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY ioc ioc
COPY collectors collectors
COPY indicators indicators
COPY dashboards dashboards
COPY simulators simulators
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /wheels . \
    && /opt/ioc/bin/pip install --no-deps --no-index /wheels/*.whl \
    && /opt/ioc/bin/pip uninstall --yes pip setuptools \
    && /opt/ioc/bin/python -m compileall -q /opt/ioc/lib

FROM python:3.11.13-slim-bookworm
ENV PATH=/opt/ioc/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8
# The folders exist with their owner, so that a fresh volume takes the owner over.
RUN groupadd --gid 10001 ioc \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/ioc --shell /usr/sbin/nologin ioc \
    && install -d -o ioc -g ioc -m 0700 /var/lib/ioc /var/lib/ioc-tokens
COPY --from=build /opt/ioc /opt/ioc
USER 10001:10001
WORKDIR /var/lib/ioc
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-I", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["ioc"]
CMD ["run"]
