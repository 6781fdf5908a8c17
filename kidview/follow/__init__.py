"""How a scan changed since an earlier one: kidneys laid over each other, lesions paired, growth."""

from kidview.follow.days import LEAST_DAYS, MOST_DAYS, BadDays, check_days
from kidview.follow.follow_up import FollowUp, follow_up
from kidview.follow.growth import CUT, WITHIN_ERROR, Growth, Span, doubling_days, grow
from kidview.follow.match import Match, match
from kidview.follow.overlay import NotOverlaid, Overlay, overlay
from kidview.follow.register import POOR_DICE, register
from kidview.follow.rigid import Rigid

__all__ = [
    "CUT",
    "LEAST_DAYS",
    "MOST_DAYS",
    "POOR_DICE",
    "WITHIN_ERROR",
    "BadDays",
    "FollowUp",
    "Growth",
    "Match",
    "NotOverlaid",
    "Overlay",
    "Rigid",
    "Span",
    "check_days",
    "doubling_days",
    "follow_up",
    "grow",
    "match",
    "overlay",
    "register",
]
