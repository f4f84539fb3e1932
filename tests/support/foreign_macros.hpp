// Macros of Qt (without QT_NO_KEYWORDS), X11 and Windows, as those headers define them: what a
// program may have included before this library. No guard against them is of use that takes them
// away, so the tests that include this also check that they are still there.
#pragma once

// Qt
#define slots
#define signals public
#define emit
#define foreach Q_FOREACH
#define forever for (;;)

// X.h, Xlib.h, Xutil.h
#define None 0L
#define Success 0
#define Bool int
#define Status int
#define True 1
#define False 0
#define Always 2
#define Complex 0
#define Convex 2
#define Nonconvex 1
#define Unsorted 0
#define Above 0
#define Below 1
#define KeyPress 2
#define KeyRelease 3
#define FocusIn 9
#define FocusOut 10
#define Expose 12
#define CurrentTime 0L
#define ParentRelative 1L
#define DestroyAll 0
#define GrayScale 1
#define StaticColor 2
#define BadRequest 1
#define BadValue 2
#define NoSymbol 0L
#define InputOutput 1
#define InputOnly 2
#define AllValues 0x000F
#define NoValue 0x0000

// windows.h
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define near
#define far
#define small char
#define hyper __int64
#define interface struct
#define pascal
#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define VOID void
#define CALLBACK
#define TRUE 1
#define FALSE 0
#define ERROR 0
#define NO_ERROR 0L
#define DELETE 0x00010000L
#define IGNORE 0
#define INFINITE 0xFFFFFFFF
#define ABSOLUTE 1
#define RELATIVE 2
#define STRICT 1
#define TRANSPARENT 1
#define OPAQUE 2
#define DIFFERENCE 11
#define Yield()
#define GetObject GetObjectW
#define GetMessage GetMessageW
#define SendMessage SendMessageW
#define LoadImage LoadImageW
#define CreateWindow CreateWindowW
#define DrawText DrawTextW
