# Two stages: Node builds the front end, Python runs Parley as a user without rights.
# docker-compose.yml uses this image for both the web and the worker.
FROM node:24-slim AS frontend
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PARLEY_DATA_DIR=/data
RUN useradd --system --uid 10001 --home-dir /data parley \
    && install -d -o parley -g parley -m 0700 /data
WORKDIR /parley
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt
COPY . ./
COPY --from=frontend /build/frontend/dist frontend/dist
RUN python -m compileall -q config llm personas rooms
USER parley
VOLUME /data
EXPOSE 8000
CMD ["daphne", "-v", "0", "--no-server-name", "--ping-interval", "10", "--ping-timeout", "15", \
     "-b", "0.0.0.0", "-p", "8000", "config.asgi:application"]
