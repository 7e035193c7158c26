"""`/v1/notifications`."""

from __future__ import annotations

from safelight.identity.ids import NotificationId
from safelight.identity.permission import Scope
from safelight.library.notification import Notification
from safelight.library.questions import ListNotifications, NotificationListing, ReadNotification
from safelight.server.http import Reply, Request, json_reply
from safelight.server.protocols.native import given, taken
from safelight.server.protocols.native.bodies import read_query
from safelight.server.protocols.native.listings import window_of, write_page
from safelight.server.wire import AnyEndpoint, ResourceEndpoint


def _read_list(request: Request) -> ListNotifications:
    query = read_query(request, taken.PageQuery)
    return ListNotifications(window=window_of(query, request))


def _write_list(listing: NotificationListing, request: Request) -> Reply:
    query = read_query(request, taken.PageQuery)
    return write_page(listing.items, listing.next, _show, query, request)


def _read_mark(request: Request) -> ReadNotification:
    return ReadNotification(id=NotificationId(request.params["id"]))


def _write_notification(notification: Notification, request: Request) -> Reply:
    return json_reply(_show(notification))


def _show(notification: Notification) -> given.Notification:
    return given.Notification(
        id=notification.id,
        kind=notification.kind,
        text=notification.text,
        created_at=notification.created_at,
        read_at=notification.read_at,
    )


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    ResourceEndpoint(
        method="GET",
        path="/v1/notifications",
        read=_read_list,
        write=_write_list,
        needs=Scope.NOTIFICATIONS_READ,
        summary="List notifications, the newest first",
        query=taken.PageQuery,
        gives=given.Page[given.Notification],
    ),
    ResourceEndpoint(
        method="POST",
        path="/v1/notifications/{id}/read",
        read=_read_mark,
        write=_write_notification,
        needs=Scope.NOTIFICATIONS_WRITE,
        summary="Mark a notification as read",
        gives=given.Notification,
    ),
)
