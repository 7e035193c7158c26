"""A customer: a photographer's client (Pixieset's `/clients/`)."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import msgspec

from safelight.identity.ids import CustomerId
from safelight.library.photo import Owner


class CustomerKind(Enum):
    CLIENT = "client"
    LEAD = "lead"
    OTHER = "other"


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    id: CustomerId
    number: int
    owner: Owner
    kind: CustomerKind
    archived: bool
    first_name: str
    last_name: str
    email: str
    phone: str
    company: str
    job_title: str
    notes: str
    created_at: datetime
