-- Who may use the server, what was changed by whom, and what each principal has spent of its rate limit. DECNET has none of these
-- tables, and an import neither reads nor writes them. There is no Down, on purpose: schemas only move forward.
--
-- MySQL commits each statement of DDL on its own: all of this file may run again after a crash in the middle;
-- see 00002.

-- +goose Up

-- API tokens. digest is the SHA-256 of the secret in hex; the secret itself is nowhere. networks is a JSON list of the networks that
-- the token may be used from, NULL for any. live_name is the name until the token is revoked and then NULL, so that of
-- the tokens with one name at most one can be used.
CREATE TABLE IF NOT EXISTS api_token (
    id           VARCHAR(255) NOT NULL,
    digest       VARCHAR(255) NOT NULL,
    name         VARCHAR(255) NOT NULL,
    live_name    VARCHAR(255),
    role         VARCHAR(255) NOT NULL,
    networks     LONGTEXT,
    created_at   DATETIME(6)  NOT NULL,
    created_by   VARCHAR(255) NOT NULL,
    expires_at   DATETIME(6),
    revoked_at   DATETIME(6),
    last_used_at DATETIME(6),
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
ALTER TABLE api_token
    ADD UNIQUE INDEX uq_api_token_digest (digest),
    ADD UNIQUE INDEX uq_api_token_live_name (live_name);

-- Changes, and attempts that were refused. The ids are in the order of time. before_change and after_change are JSON.
CREATE TABLE IF NOT EXISTS audit_log (
    id            VARCHAR(255) NOT NULL,
    at            DATETIME(6)  NOT NULL,
    principal     VARCHAR(255) NOT NULL,
    way           VARCHAR(255) NOT NULL,
    role          VARCHAR(255),
    action        VARCHAR(255) NOT NULL,
    target        VARCHAR(255),
    outcome       VARCHAR(255) NOT NULL,
    before_change LONGTEXT,
    after_change  LONGTEXT,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
ALTER TABLE audit_log
    ADD INDEX ix_audit_log_at (at, id),
    ADD INDEX ix_audit_log_principal (principal, id),
    ADD INDEX ix_audit_log_target (target, id);

-- The cost that a principal has spent in the span of time that begins at starts_at.
CREATE TABLE IF NOT EXISTS cost_window (
    principal VARCHAR(255) NOT NULL,
    starts_at DATETIME(6)  NOT NULL,
    spent     BIGINT       NOT NULL,
    PRIMARY KEY (principal, starts_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
