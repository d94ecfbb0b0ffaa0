"""What job documents are made of."""

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A value that is stored as JSON and never changed in place."""

    model_config = ConfigDict(frozen=True, extra="ignore")
