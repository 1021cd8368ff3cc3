"""Settings, read once from the environment; importing this module reads nothing."""

from functools import lru_cache
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
BUNDLED_DATA = PROJECT_ROOT / "data"


class Settings(BaseSettings):
    """Where data lives and how much of the machine to use."""

    model_config = SettingsConfigDict(env_prefix="TRENDVANE_", frozen=True)

    home: Path = PROJECT_ROOT / "var"
    """The data directory: database, encoder, uploads, logs."""
    database_url: str = ""
    """SQLAlchemy URL; empty means SQLite in the data directory."""
    encoder: str = ""
    """Hub id or folder of a BERT-type encoder; empty means the embedded default."""
    threads: int = 0
    """Threads for tagging; 0 means every core."""
    max_file_mb: int = 4096
    """Largest single file that is read."""

    @property
    def resolved_database_url(self) -> str:
        """Return the URL in use."""
        return self.database_url or f"sqlite:///{(self.home / 'trendvane.db').resolve()}"

    @property
    def jobs_database_url(self) -> str:
        """Return the URL of the queue's own tables: beside the database on SQLite, inside it on PostgreSQL."""
        if self.resolved_database_url.startswith("sqlite"):
            return f"sqlite:///{(self.home / 'jobs.db').resolve()}"
        return self.resolved_database_url

    @property
    def encoder_dir(self) -> Path:
        """Return the folder the embedded encoder is unpacked to."""
        return self.home / "encoder"

    @property
    def uploads_dir(self) -> Path:
        """Return the folder that keeps uploaded files until they are read."""
        return self.home / "uploads"

    @property
    def runs_dir(self) -> Path:
        """Return the folder that keeps the checkpoints of trainings until they have ended well."""
        return self.home / "runs"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
