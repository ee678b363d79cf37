"""The signer is asked, once for many documents; what comes back is checked and stored before anything else is done.

Two kinds of service: one that answers at once, and one whose signer confirms on a phone.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.errors import Refused, SohoaError
from pipeline.certify.turns import ITS_OWN, Round, Turn, move_all, step
from pipeline.workplace import Workplace
from signing.remote import TRANSACTION_UNKNOWN, Credential, PhoneSigner, RemotePending, RemoteSigner
from signing.staged import check_raw
from storage.catalogue.engine import utc_text

# -- a service that answers at once ----------------------------------------------------------------------------------


def take_up(workplace: Workplace, turns: Sequence[Turn]) -> None:
    """Bring jobs that a killed run left in the middle of asking back to where they can be asked for."""
    asked = [t for t in turns if t.job.state == "SUBMITTED"]
    move_all(workplace, asked, "UNKNOWN", "the run that had asked ended before the answer")
    again = [t for t in turns if t.job.state in ("AUTH_PENDING", "UNKNOWN")]
    move_all(workplace, again, "PREPARED", "to be asked for again, same digest")


def ask(workplace: Workplace, signer: RemoteSigner, turns: Sequence[Turn], turn: Round, credential: Credential) -> None:
    """Have the digests authorised, sign, keep. Raises what concerns the service as a whole."""
    digests = [one.job.tbs_hash or b"" for one in turns]
    move_all(workplace, turns, "AUTH_PENDING")
    try:
        authorisation = signer.authorise(credential, digests, turn.description)
    except SohoaError:
        move_all(workplace, turns, "PREPARED", "not authorised")
        raise
    move_all(workplace, turns, "SUBMITTED")
    try:
        signatures = signer.sign(authorisation, digests)
    except SohoaError as error:
        move_all(workplace, turns, "UNKNOWN", error.code)
        raise
    _keep(workplace, turns, dict(enumerate(signatures)), credential)


# -- a service whose signer confirms on a phone ----------------------------------------------------------------------


def ask_by_phone(
    workplace: Workplace, phone: PhoneSigner, turns: Sequence[Turn], turn: Round, credential: Credential
) -> None:
    """Send the request and ask for its result once; who must wait for the signer calls again."""
    transaction = secrets.token_hex(16)
    with workplace.catalogue.begin() as connection:
        at = utc_text(workplace.clock())
        for position, one in enumerate(turns):
            extra = one.job.extra | {"position": position}
            step(connection, one, "AUTH_PENDING", at, "", remote_ref=transaction, extra=extra)
    try:
        reference = phone.submit(credential, [one.job.tbs_hash or b"" for one in turns], turn.description, transaction)
    except Refused:
        move_all(workplace, turns, "PREPARED", "refused before the signer was asked", remote_ref="")
        raise
    move_all(workplace, turns, "SUBMITTED", remote_ref=reference)
    _result(workplace, phone, turns, credential)


def fetch_results(workplace: Workplace, phone: PhoneSigner, turns: Sequence[Turn], credential: Credential) -> None:
    """Ask for the results of requests that went out in earlier runs."""
    requests: dict[tuple[str, str], list[Turn]] = {}
    for one in turns:
        if one.job.state in ("AUTH_PENDING", "SUBMITTED", "UNKNOWN"):
            requests.setdefault((one.job.state, one.job.remote_ref), []).append(one)
    for (state, reference), group in requests.items():
        if state == "UNKNOWN" or not reference:  # over, or what came back did not verify
            move_all(workplace, group, "PREPARED", "to be asked for again, same digest", remote_ref="")
        elif state == "SUBMITTED" or phone.finds_by_transaction:
            _result(workplace, phone, group, credential)
        else:
            begun = datetime.fromisoformat(group[0].job.updated_at)
            if workplace.clock() < begun + timedelta(seconds=phone.confirm_s):
                raise RemotePending("the answer to the request was lost; it has not expired yet")
            move_all(workplace, group, "PREPARED", "answer lost, request expired", remote_ref="")


def _result(workplace: Workplace, phone: PhoneSigner, turns: Sequence[Turn], credential: Credential) -> None:
    reference = turns[0].job.remote_ref
    try:
        signatures = phone.result(reference)
    except RemotePending:
        _submitted(workplace, turns)  # found by our own id: the service has it
        raise
    except Refused as over:
        if turns[0].job.state == "AUTH_PENDING":
            move_all(workplace, turns, "PREPARED", over.code, remote_ref="")
        else:
            move_all(workplace, turns, "UNKNOWN", over.code)
            move_all(workplace, turns, "PREPARED", "to be asked for again, same digest", remote_ref="")
        if over.code != TRANSACTION_UNKNOWN:
            raise
        return
    _submitted(workplace, turns)
    own = {number: signatures.get(int(one.job.extra["position"]), b"") for number, one in enumerate(turns)}
    _keep(workplace, turns, own, credential)


def _submitted(workplace: Workplace, turns: Sequence[Turn]) -> None:
    move_all(workplace, [one for one in turns if one.job.state == "AUTH_PENDING"], "SUBMITTED")


# -- what came back --------------------------------------------------------------------------------------------------


def _keep(workplace: Workplace, turns: Sequence[Turn], signatures: dict[int, bytes], credential: Credential) -> None:
    """Store every signature that verifies, all in one transaction; the others are their documents' problem.

    A signature that stands in another's place is put where it belongs: what it verifies for decides.
    """
    found: list[bytes | SohoaError] = []
    for number, one in enumerate(turns):
        outcome: bytes | SohoaError | None = None
        candidates = [signatures.get(number, b""), *(raw for n, raw in signatures.items() if n != number)]
        for raw in candidates:
            try:
                outcome = check_raw(one.ready(workplace), raw, credential.certificate)
                break
            except ITS_OWN as problem:
                outcome = outcome or problem
        assert outcome is not None
        found.append(outcome)
    with workplace.catalogue.begin() as connection:
        at = utc_text(workplace.clock())
        for one, outcome in zip(turns, found, strict=True):
            if isinstance(outcome, bytes):
                step(connection, one, "SIGNED_RAW", at, "", raw_signature=outcome)
            else:
                step(connection, one, "UNKNOWN", at, outcome.code)
                one.work.problem = outcome
