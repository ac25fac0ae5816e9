# One image for every role; the command chooses it:
#   node src/intake/main.ts | node workers/all.ts | node workers/sync.ts (one queue each) | node workers/scheduler.ts
# MongoDB and Redis are not in it. Node runs the TypeScript sources as they are, so there is no build stage.
FROM node:24-slim

ENV NODE_ENV=production
WORKDIR /app

COPY package.json package-lock.json ./
RUN npm install --omit=dev --no-audit --no-fund && npm cache clean --force

COPY src ./src
COPY workers ./workers

# The sources stay root's: the process can read what it runs and change nothing of it.
USER node

# Inside a container the loopback default would be reachable by nobody.
ENV HOST=0.0.0.0
EXPOSE 4000
CMD ["node", "src/intake/main.ts"]
