# The app in a container: `docker compose up -d`, or with another tool `docker build .` and a volume at /data.

FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt /
# Exactly the pinned packages; what pip needs to get them stays in this stage.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --disable-pip-version-check --no-cache-dir --require-hashes -r /requirements.txt

FROM python:3.11-slim-bookworm
# ffmpeg converts sounds and films; tini passes signals on and collects what ended.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ffmpeg tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 app
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY .streamlit .streamlit
COPY core core
COPY pages pages
COPY app.py docker-entrypoint.sh ./
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/home/app \
    PYTHONUNBUFFERED=1 \
    AUTH_DIR=/data/whatsapp_auth \
    PORT=8501
# Compiled once here: the user that the app runs as cannot write beside the code.
RUN python -m compileall -q app.py core pages
VOLUME /data
EXPOSE 8501
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", timeout=4)"]
# Begins as root, to give the volume to the user `app`; goes on as that user.
ENTRYPOINT ["tini", "--", "/bin/sh", "/app/docker-entrypoint.sh"]
CMD ["sh", "-c", "exec streamlit run app.py --server.port $PORT --server.address 0.0.0.0"]
